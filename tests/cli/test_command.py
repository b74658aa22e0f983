"""What each command prints: calm lines for people, one object with --json, and nothing else."""

from __future__ import annotations

import json
import shlex
import shutil

import pytest

LISTS = ("models", "objectives", "kinds", "sources", "config")


def test_help_names_every_command(lamina):
    said = lamina("--help")
    assert (said.code, said.err) == (0, "")
    for name in ("fit", "check", "predict", "score", "report", "show", "import", "export", *LISTS):
        assert f" {name} " in said.out
    assert lamina().out == said.out


def test_version(lamina):
    import lamina as door

    assert lamina("--version").out.strip() == door.__version__


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_a_table_or_one_object(lamina, name):
    words = lamina(name)
    assert words.code == 0
    assert set(words.out.splitlines()[1]) <= {"-", " "}
    assert set(lamina(name, "--json").json) == {
        line.split("  ")[0] for line in words.out.splitlines()[2:] if line[0] != " "
    }


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        (["show"], {"run", "asked", "data", "warnings", "choices", "scores"}),
        (["score"], {"scores"}),
        (["report"], {"report"}),
        (["fit", "--resume"], {"run", "verdict", "test", "baseline", "valid"}),
    ],
)
def test_each_command_on_a_run_prints_one_object_and_nothing_else(lamina, own_run, command, keys):
    said = lamina(command[0], own_run, *command[1:], "--json")
    assert (said.code, said.err) == (0, "")
    assert keys <= set(said.json)


def test_check_prints_one_object(lamina, tmp_path):
    (tmp_path / "bad.csv").write_text("a,a\n1,2\n3,4\n")
    said = lamina("check", tmp_path / "bad.csv", "--json")
    assert (said.code, said.err) == (2, "")
    assert said.json["problems"]
    assert lamina("check", "iris", "--json").json["problems"] == []


def test_check_ends_in_a_command_to_paste(lamina, tmp_path):
    lines = [f"{i}.5,{i % 7},{'ab'[i % 2]}" for i in range(60)] + ["?,3,a"]
    (tmp_path / "some table.csv").write_text("\n".join(["x,y,z", *lines]))
    said = lamina("check", tmp_path / "some table.csv")
    assert said.code == 2
    assert "--missing" in said.err
    pasted = shlex.split(said.err.strip().splitlines()[-1])
    assert pasted[:2] == ["lamina", "fit"]
    assert lamina("check", *pasted[2:]).code == 0


def test_the_command_that_check_ends_in_has_each_setting_once(lamina, tmp_path):
    lines = [f"{i}.5,{i % 7},{'' if i % 7 == 0 else i}" for i in range(200)] + ["1,2,3,4"] * 10
    (tmp_path / "t.csv").write_text("\n".join(["x,y,z", *lines]))
    said = lamina("check", tmp_path / "t.csv", "--target", "z")
    assert said.code == 2
    assert said.err.count("--set data.quarantine=") > 2
    pasted = shlex.split(said.err.strip().splitlines()[-1])
    assert sum("data.quarantine" in word for word in pasted) == 1
    assert lamina("check", *pasted[2:]).code == 0


def test_check_refuses_a_ragged_table_in_the_words_of_fit(lamina, tmp_path):
    lines = ["1,2,3,4" if i % 10 == 0 else f"{i},{i % 7},{'ab'[i % 2]}" for i in range(300)]
    (tmp_path / "t.csv").write_text("\n".join(["x,y,z", *lines]))
    checked, fitted = lamina("check", tmp_path / "t.csv"), lamina("fit", tmp_path / "t.csv", "--out", tmp_path / "run")
    assert (checked.code, fitted.code) == (2, 2)
    told = "30 of 300 source rows cannot be used (30 × 4 fields under 3 names)"
    assert told in checked.err
    assert told in fitted.err
    assert checked.err.endswith("--set data.quarantine=0.11\n")


def test_a_quote_that_is_never_closed_ends_check_and_fit_before_any_work(lamina, tmp_path):
    lines = [f"{'' if i != 600 else chr(34)}some words {i},{'ab'[i % 2]}" for i in range(3000)]
    (tmp_path / "t.csv").write_text("\n".join(["text,label", *lines]))
    for command in ("check", "fit"):
        said = lamina(command, tmp_path / "t.csv", *(("--out", tmp_path / "run") if command == "fit" else ()))
        assert said.code == 2
        assert "t.csv, line 602: a quote opens and is never closed" in said.err


def test_the_first_line_names_the_target_and_the_flag(lamina, tmp_path):
    said = lamina("check", "iris")
    assert said.err.splitlines()[0].startswith('target    "species"')
    assert "--target" in said.err.splitlines()[0]
    asked = lamina("check", "iris", "--target", "species").err.splitlines()[0]
    assert asked.count("--target") == 1
    assert "asked for" in asked


def test_fit_says_each_thing_once(lamina, tmp_path):
    out = tmp_path / "a run"
    said = lamina("fit", "iris", "--steps", "20", "--out", out)
    assert said.code == 0
    lines = (said.err + said.out).splitlines()
    for what in ("target", "inputs", "data", "split", "run", "model", "train", "plan", "report", "next"):
        assert sum(line.startswith(f"{what:<9} ") for line in lines) == 1, what
    assert len({line for line in lines if line}) == len([line for line in lines if line])
    verdict = lamina("fit", out, "--resume", "--json").json["verdict"]
    assert " ".join(said.out.split()).count(verdict) == 1
    assert f"'{out}'" in said.err
    assert max(map(len, said.out.splitlines())) <= 100


def test_a_finished_run_resumed_prints_its_scores(lamina, own_run):
    said = lamina("fit", own_run, "--resume")
    assert said.code == 0
    assert "nothing is left to do" in said.err
    assert "accuracy" in said.out
    equal = lamina("fit", "digits", "--steps", 60, "--out", own_run, "--resume")
    assert (equal.code, equal.out) == (0, said.out)


@pytest.mark.parametrize(
    "words",
    [["fit", "digits", "--steps", "70", "--out", "{run}", "--resume"], ["fit", "{run}", "--resume", "--seed", "4"]],
)
def test_a_run_is_not_resumed_under_another_request(lamina, own_run, words):
    said = lamina(*[word.format(run=own_run) for word in words])
    assert said.code == 2
    assert "steps: 60, now 70" in said.err or "seed: 0, now 4" in said.err


def test_a_stopped_run_is_shown_and_resumed(lamina, halted, tmp_path):
    run = shutil.copytree(halted, tmp_path / "run")
    shown = lamina("show", run)
    assert f"lamina fit {run} --resume" in shown.out
    for command in ("score", "predict"):
        said = lamina(command, run, *(["new.png"] if command == "predict" else []))
        assert said.code == 2
    said = lamina("fit", "digits", "--steps", 60, "--out", run, "--resume")
    assert said.code == 0
    assert json.loads((run / "log.jsonl").read_text().splitlines()[-1])["step"] == 60


def test_show_is_wrapped_to_the_terminal(lamina, trained, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    out = lamina("show", trained).out
    decided = out.split("score  ")[0].splitlines()
    assert max(len(line) for line in decided if not line.startswith("run ")) <= 60  # a path is left whole
    monkeypatch.setenv("COLUMNS", "20")
    assert lamina("show", trained).code == 0


def test_score_has_an_interval_and_says_how(lamina, own_run):
    said = lamina("score", own_run)
    assert "95 % interval" in said.out
    assert "Wilson" in said.out
    looks = json.loads((own_run / "scores.json").read_text())["looks"]
    lamina("score", own_run)
    assert json.loads((own_run / "scores.json").read_text())["looks"] == looks + 1
