"""Requests over a socket: what each gets that is not as it should be, and that the next one is answered."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from dataclasses import replace

import pytest
from tests.conftest import Asking

from lamina.errors import Stopped, TrainingError
from lamina.predict import Answer
from lamina.serve import Server, place_of

from .conftest import until

ROW = {"age": 39, "colour": "red"}
BODY = json.dumps({"rows": [ROW]}).encode()
JSON = {"content_type": "application/json"}
PACKED = {**JSON, "content_encoding": "gzip"}

REFUSED = {
    "an unknown path": ("GET", "/admin", b"", {}, 404, "path"),
    "a path with more of it": ("GET", "/health/", b"", {}, 404, "path"),
    "an unknown method": ("DELETE", "/predict", b"", {}, 405, "method"),
    "a question of another origin": ("OPTIONS", "/predict", b"", {"origin": "http://a.example"}, 405, "method"),
    "no type": ("POST", "/predict", BODY, {}, 415, "type"),
    "a form": ("POST", "/predict", BODY, {"content_type": "application/x-www-form-urlencoded"}, 415, "type"),
    "a picture for a table": ("POST", "/predict", BODY, {"content_type": "image/png"}, 415, "type"),
    "another alphabet": ("POST", "/predict", BODY, {"content_type": "application/json; charset=latin-1"}, 415, "latin"),
    "another packing": ("POST", "/predict", BODY, {**JSON, "content_encoding": "br"}, 415, "br"),
    "gzip that is none": ("POST", "/predict", BODY, PACKED, 400, "gzip"),
    "gzip that is cut": ("POST", "/predict", gzip.compress(BODY)[:-4], PACKED, 400, "cut"),
    "gzip and something": ("POST", "/predict", gzip.compress(BODY) + b"x", PACKED, 400, "follows"),
    "a gzip bomb": ("POST", "/predict", gzip.compress(b" " * 10**6), PACKED, 413, "unpacked"),
    "a body too large": ("POST", "/predict", b" " * 5_000, JSON, 413, "too large"),
    "a body far too large": ("POST", "/predict", b" " * 5_000_000, JSON, 413, "too large"),
    "a body too large whose length is not said": ("POST", "/predict", [b" " * 3_000] * 2, JSON, 413, "too large"),
    "no JSON": ("POST", "/predict", b"<html>", JSON, 400, "not JSON"),
    "no body": ("POST", "/predict", b"", JSON, 400, "not JSON"),
    "too many rows": ("POST", "/predict", json.dumps({"rows": [ROW] * 4}), JSON, 413, "4 rows"),
    "no rows": ("POST", "/predict", b'{"rows": []}', JSON, 400, "empty"),
    "another field": ("POST", "/predict", b'{"row": []}', JSON, 400, '"row"'),
    "a list": ("POST", "/predict", b"[]", JSON, 400, "a list"),
    "rows that are none": ("POST", "/predict", b'{"rows": {}}', JSON, 400, "an object"),
    "a row that is none": ("POST", "/predict", b'{"rows": [1]}', JSON, 400, "rows[0] is a number"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_with_its_status_and_the_next_is_answered(asked, case):
    method, path, body, headers, status, told = REFUSED[case]
    came, said, answer = asked(method, path, body, **headers)
    assert (came, told in answer["error"]) == (status, True), answer
    assert said["content-type"] == "application/json"
    assert (said["x-content-type-options"], said["cache-control"]) == ("nosniff", "no-store")
    assert "access-control-allow-origin" not in said
    assert (said["allow"] is not None) == (status == 405)
    assert asked.rows(ROW)[0] == 200


def test_what_is_right_is_answered_row_by_row(asked):
    row = {"id": "0", "value": "yes", "probabilities": {"no": 0.25, "yes": 0.75}}
    assert asked.rows(ROW, ROW) == (200, {"answers": [row, {**row, "id": "1"}]})
    assert asked("POST", "/predict", gzip.compress(BODY), **PACKED)[0] == 200
    assert asked.rows(ROW, content_type='Application/JSON; charset="UTF-8"')[0] == 200


def test_health_and_what_is_asked_of_a_row(asked):
    _, _, health = asked("GET", "/health")
    assert (health["status"], len(health["run"])) == ("ok", 64)
    _, _, about = asked("GET", "/")
    assert [(one["name"], one["kind"]) for one in about["inputs"]] == [("age", "Number"), ("colour", "Category")]
    assert about["answers"]["name"] == "kept"
    assert about["limits"] == {"body": 4_000, "rows": 3, "seconds": 0.5}
    assert asked.rows(*about["request"]["body"]["rows"])[0] == 200


# --- what is slow -----------------------------------------------------------------------------------------------------


def dripped(port: int, head: bytes, apart: float) -> tuple[bytes, float]:
    """What a server says to bytes that come one after the other, and after how long it hangs up."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(head)
        said = bytearray()
        client.settimeout(apart)
        while time.monotonic() - began < 8:
            try:
                some = client.recv(4096)
            except TimeoutError:
                try:
                    client.sendall(b"x")
                except OSError:
                    break
                continue
            except ConnectionError:
                break
            said += some
            if not some:
                break
        return bytes(said), time.monotonic() - began


def test_a_body_that_drips_is_not_waited_for(asked):
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"
    said, took = dripped(asked.port, head, 0.1)
    assert b" 408 " in said.splitlines()[0]
    assert b'"the body had not come after 0.5 s"' in said
    assert took < 3


@pytest.mark.parametrize(
    ("head", "status"), [(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b" 408 "), (b"", b" 400 ")]
)
def test_headers_that_drip_are_not_waited_for(bench, served, monkeypatch, head, status):
    monkeypatch.setattr("lamina.serve.wire.PATIENCE", 0.5)
    with served(bench.server()) as ask:
        said, took = dripped(ask.port, head, 0.1)
        assert ask("GET", "/health")[0] == 200
    assert status in said or not head
    assert took < 3


def test_a_connection_on_which_nothing_comes_is_closed(bench, served, monkeypatch):
    monkeypatch.setattr("lamina.serve.wire.PATIENCE", 0.3)
    with served(bench.server()) as ask, socket.create_connection(("127.0.0.1", ask.port), timeout=5) as client:
        assert client.recv(10) == b""


def test_what_is_no_http_is_told_so(asked):
    with socket.create_connection(("127.0.0.1", asked.port), timeout=5) as client:
        client.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        said = client.recv(4096)
    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.endswith(b'{"error": "this is no request of HTTP/1.1 that can be read"}')


def test_there_are_only_so_many_connections(bench, served, monkeypatch):
    monkeypatch.setattr("lamina.serve.wire.CONNECTIONS", 2)
    with served(bench.server()) as ask:
        held = [socket.create_connection(("127.0.0.1", ask.port), timeout=5) for _ in range(2)]
        until(lambda: len(ask.server.loop.server_state.connections) == 2)
        assert ask("GET", "/health")[0] == 503
        for one in held:
            one.close()
        until(lambda: ask("GET", "/health")[0] == 200)


# --- what is much, and what fails -------------------------------------------------------------------------------------


def test_who_finds_no_place_is_told_when_to_come_again(bench, served):
    go, at_work = threading.Event(), threading.Event()
    plain = bench.made.call

    def slow(table):
        at_work.set()
        assert go.wait(10)
        return plain(table)

    bench.made.call = slow
    with served(bench.server(waiting=1)) as ask:
        first = threading.Thread(target=ask.rows, args=(ROW,))
        first.start()
        assert at_work.wait(10)
        status, headers, said = ask("POST", "/predict", BODY, **JSON)
        assert (status, headers["retry-after"]) == (503, "1")
        assert "1 requests are under way" in said["error"]
        assert ask("GET", "/health")[2]["waiting"] == 1
        go.set()
        first.join(10)
        assert ask.rows(ROW)[0] == 200


@pytest.mark.parametrize("error", [RuntimeError("/secret/path"), TrainingError("/secret/path"), MemoryError()])
def test_a_fault_is_told_without_a_detail_of_it(bench, served, capsys, error):
    def fail(table):
        raise error

    bench.made.call = fail
    with served(bench.server()) as ask:
        status, said = ask.rows(ROW)
        assert ask("GET", "/health")[0] == 200
    assert status == 500
    assert said == {"error": "this could not be answered; the fault is the server's, and its own log says more"}
    assert type(error).__name__ in capsys.readouterr().err


def test_nothing_is_said_of_a_request_unless_that_is_asked_for(bench, served, capsys):
    with served(bench.server()) as ask:
        ask.rows(ROW)
    assert not bench.heard.lines
    with served(bench.server(verbose=True)) as ask:
        ask.rows(ROW)
        ask("GET", "/x%0a?secret=1")
    assert [line.split()[:4] for line in bench.heard.lines] == [
        ["access", "200", "POST", "/predict"],
        ["access", "404", "GET", "/x\\n"],
    ]
    assert capsys.readouterr() == ("", "")


def test_who_does_not_read_the_answer_is_cut_off(bench, served, monkeypatch):
    monkeypatch.setattr("lamina.serve.wire.PATIENCE", 0.3)
    bench.made.call = lambda table: [Answer("0", "x" * 20_000_000)]
    with served(bench.server()) as ask, socket.create_connection(("127.0.0.1", ask.port), timeout=5) as client:
        head = (
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        )
        client.sendall(head % len(BODY) + BODY)
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
        until(lambda: not ask.server.loop.server_state.connections)
        monkeypatch.undo()
        assert len(ask.rows(ROW)[1]["answers"][0]["value"]) == 20_000_000


def test_what_is_under_way_for_too_long_is_told_that_the_server_stops(bench, monkeypatch):
    monkeypatch.setattr("lamina.serve.wire.GRACE", 0.2)
    go, at_work, ended = threading.Event(), threading.Event(), []

    def stuck(table):
        at_work.set()
        go.wait(20)
        return []

    def run():
        with pytest.raises(Stopped, match="cut off"):
            server.run()
        ended.append(True)

    bench.made.call = stuck
    server = bench.server()
    threads = [threading.Thread(target=run), threading.Thread(target=lambda: ended.append(Asking(server).rows(ROW)))]
    for thread in threads:
        thread.start()
    assert at_work.wait(10)
    server.stop()
    for thread in threads:
        thread.join(10)
    go.set()
    assert sorted(ended, key=str) == [(503, {"error": "the server is stopping"}), True]


# --- who may ask ------------------------------------------------------------------------------------------------------

TOKEN = "a-token-that-is-long-enough"


def test_with_a_token_only_who_sends_it_is_answered(bench, served):
    with served(bench.server(token=TOKEN)) as ask:
        for word in (None, f"Bearer {TOKEN}x", TOKEN, "Bearer "):
            given = {} if word is None else {"authorization": word}
            status, headers, said = ask("POST", "/predict", BODY, **JSON, **given)
            assert (status, headers["www-authenticate"]) == (401, "Bearer")
            assert TOKEN not in json.dumps(said)
            assert ask("GET", "/", **given)[0] == ask("GET", "/nowhere", **given)[0] == 401
            assert ask("GET", "/health", **given)[0] == 200
        assert ask.rows(ROW, authorization=f"Bearer {TOKEN}")[0] == 200
        assert ask("GET", "/nowhere", authorization=f"bearer {TOKEN}")[0] == 404
        assert TOKEN not in ask.server.example


@pytest.mark.parametrize(("mode", "warned"), [(0o600, 0), (0o640, 1), (0o644, 1)])
def test_a_token_that_others_can_read_is_warned_of(bench, tmp_path, mode, warned):
    kept = tmp_path / "token.txt"
    kept.write_text(TOKEN)
    kept.chmod(mode)
    place = replace(place_of("run", "localhost", 8000, str(kept)), port=0)
    server = Server(bench.path, bench.read, place, teller=bench.heard)
    server.socket.close()
    assert len([line for line in bench.heard.lines if "others on this machine can read the token" in line]) == warned
    assert TOKEN not in "".join(bench.heard.lines)


@pytest.mark.parametrize(("host", "status"), [("localhost", 200), ("127.0.0.1:80", 200), ("[::1]:9", 200),
                                               ("a.example", 421), ("localhost.a.example:80", 421)])  # fmt: skip
def test_a_page_of_elsewhere_whose_name_leads_here_gets_nothing(asked, host, status):
    assert asked("GET", "/", host=host)[0] == status
