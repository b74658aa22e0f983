"""`lamina serve`: what it prints, what it refuses before it listens, and how it ends."""

from __future__ import annotations

import http.client
import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, closing

import pytest

import lamina as lm
from lamina.errors import ExtraError
from lamina.serve import Server
from lamina.serve.server import read_token

TOKEN = "a-token-that-is-long-enough"


@pytest.fixture(autouse=True)
def nothing_is_served_here(monkeypatch):
    """What should have been refused is not waited for."""
    monkeypatch.setattr(Server, "run", lambda self: self.socket.close())


def test_others_can_reach_it_only_with_a_token(lamina, trained):
    said = lamina("serve", trained, "--host", "0.0.0.0", "--port", 8123)
    assert (said.code, said.out) == (2, "")
    assert f"lamina serve {trained} --host 0.0.0.0 --port 8123 --token-file token.txt" in said.err
    assert "secrets.token_urlsafe" in said.err


@pytest.mark.parametrize("held", ["", "short", "two words that are long enough", "é" * 20, None])
def test_a_token_file_without_a_good_token_is_refused_and_never_printed(lamina, trained, tmp_path, held):
    path = tmp_path / "token"
    if held is not None:
        path.write_text(held)
    said = lamina("serve", trained, "--token-file", path)
    assert said.code == 2
    assert str(path) in said.err
    assert not held or held not in said.err


def test_a_token_is_the_line_of_its_file(tmp_path):
    (tmp_path / "token").write_text(f"  {TOKEN}\n")
    assert read_token(tmp_path / "token") == TOKEN


def test_a_port_that_is_taken_is_refused_with_another(lamina, trained):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = lamina("serve", trained, "--port", port)
    assert said.code == 2
    assert re.search(rf"127\.0\.0\.1:{port} cannot be listened at: .*in use", said.err)
    assert "--port " in said.err


@pytest.mark.parametrize("words", [["--port", 70000], ["--max-rows", 0], ["--timeout", "nan"], ["--host", "nowhere."]])
def test_what_cannot_be_is_refused(lamina, trained, words):
    assert lamina("serve", trained, *words).code == 2


def test_a_run_that_is_none_and_a_damaged_one_are_refused(lamina, own_run, tmp_path):
    assert lamina("serve", tmp_path).code == 2
    data = bytearray((own_run / "report.html").read_bytes())
    (own_run / "report.html").write_bytes(data[:-1])
    said = lamina("serve", own_run, "--port", 0)
    assert (said.code, "report.html" in said.err) == (2, True)


def test_a_library_that_is_missing_is_named_with_its_extra(lamina, trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    said = lamina("serve", trained, "--port", 0)
    assert said.code == ExtraError.exit_code
    assert "pip install 'lamina[serve]'" in said.err


def test_what_is_printed_works_and_names_the_file_of_the_token(lamina, trained, tmp_path):
    (tmp_path / "a token").write_text(TOKEN)
    said = lamina("serve", trained, "--port", 0, "--token-file", tmp_path / "a token")
    assert said.code == 0
    assert re.fullmatch(r"\n  curl -s http://127\.0\.0\.1:\d+/predict .*@new\.jpg\n\n", said.out)
    assert f"$(cat '{tmp_path}/a token')" in said.out
    assert TOKEN not in said.out + said.err
    said = lamina("serve", trained, "--port", 0, "--json")
    assert (said.err, list(said.json)) == ("", ["address", "try"])


def test_it_is_served_from_python_too(trained, capsys):
    lm.load(trained).serve(port=0)
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == ["address", "try"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quietly_with_what_is_under_way_finished(trained, number):
    words = [sys.executable, "-m", "lamina", "serve", str(trained), "--port", "0"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, **pipes) as process, ExitStack() as stack:
        try:
            lines = iter(process.stdout.readline, "")
            example = shlex.split(next(line for line in lines if line.strip()))
            assert example[:2] == ["curl", "-s"]
            host, _, path = example[2].removeprefix("http://").partition("/")
            client = stack.enter_context(closing(http.client.HTTPConnection(host, timeout=60)))
            client.request("GET", "/")
            body = json.dumps(json.loads(client.getresponse().read())["request"]["body"]).encode()
            client.putrequest("POST", f"/{path}")
            client.putheader("content-type", "application/json")
            client.putheader("content-length", str(len(body)))
            client.endheaders(body[:-1])
            threading.Timer(0.3, process.send_signal, [number]).start()
            threading.Timer(0.8, client.send, [body[-1:]]).start()
            answer = client.getresponse()
            assert (answer.status, list(json.loads(answer.read()))) == (200, ["answers"])
            _, told = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, told
    assert [line.split()[0] for line in told.splitlines() if line] == ["address", "stop"]
