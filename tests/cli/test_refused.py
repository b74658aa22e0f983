"""Settings and command lines that cannot be: refused before any work, with the nearest known word and exit code 2."""

from __future__ import annotations

import json
import os
import time

import pytest

REFUSED = {
    "unknown command": (["fitt", "digits"], 'did you mean "fit"?'),
    "unknown option": (["fit", "digits", "--epoch", "3"], 'did you mean "--epochs"?'),
    "missing argument": (["fit"], "SOURCE is missing"),
    "missing value": (["fit", "digits", "--epochs"], "--epochs"),
    "a word for a number": (["fit", "digits", "--epochs", "x"], "--epochs"),
    "no epochs at all": (["fit", "digits", "--epochs", "0"], "greater than or equal to 1"),
    "a negative seed": (["fit", "digits", "--seed", "-1"], "--seed"),
    "minutes that are no number": (["fit", "digits", "--minutes", "nan"], "minutes"),
    "minutes without end": (["fit", "digits", "--minutes", "1e400"], "minutes"),
    "unknown choice": (["fit", "digits", "--header", "nope"], "'auto', 'none', 'first'"),
    "unknown setting": (["fit", "digits", "--set", "learing_rate=1"], "one of:"),
    "misspelt setting": (["fit", "digits", "--set", "optimizer.rat=1"], 'did you mean "optimizer.rate"?'),
    "setting without a value": (["fit", "digits", "--set", "train.batch"], "--set train.batch=VALUE"),
    "setting out of range": (["fit", "digits", "--set", "optimizer.rate=-1"], "greater than 0"),
    "setting that is not finite": (["fit", "digits", "--set", "optimizer.rate=1e400"], "optimizer.rate"),
    "setting of the wrong type": (["fit", "digits", "--set", "train.batch=many"], "integer"),
    "unknown model": (["fit", "digits", "--model", "resnet19"], 'did you mean "resnet18"?'),
    "unknown model setting": (["fit", "digits", "--model", "mlp", "--set", "model.widht=3"], "model.widht"),
    "unknown setting of any model": (["fit", "digits", "--set", "model.nope=3"], "model.nope"),
    "unknown objective": (["fit", "digits", "--objective", "supervise"], 'did you mean "supervised"?'),
    "unknown kind": (["fit", "digits", "--kind", "image=Imag"], 'did you mean "Image"?'),
    "kind without a column": (["fit", "digits", "--kind", "Image"], "--kind age=Number"),
    "two budgets": (["fit", "digits", "--epochs", "2", "--steps", "5"], "epochs and steps at once"),
    "two budgets, one a setting": (["fit", "digits", "--epochs", "2", "--set", "budget.steps=5"], "at once"),
    "flag and setting that differ": (["fit", "digits", "--seed", "2", "--set", "seed=5"], "differ"),
    "more slices than rows": (["fit", "digits", "--set", "train.batch=4", "--set", "train.slices=8"], "slices"),
    "no such source": (["fit", "digist"], "did you mean digits?"),
    "no such plan": (["fit", "digits", "--plan", "no.json"], "the plan no.json cannot be read"),
    "no such weights": (["fit", "digits", "--weights", "no.safetensors"], "no weights file"),
    "no such settings file": (["fit", "digits", "--config", "no.yaml"], "no.yaml"),
    "resuming what is no run": (["fit", "digits", "--resume"], "a run directory"),
    "unknown target": (["fit", "iris", "--target", "specie"], 'did you mean "species"?'),
    "showing what is no run": (["show", "digits"], "does not exist"),
    "answers of an unknown ending": (
        ["predict", "run", "new.csv", "--out", "answers.txt"],
        ".csv or .parquet or .jsonl",
    ),
    "answers in no folder": (["predict", "run", "new.csv", "--out", "no/answers.csv"], "mkdir -p no"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_what_to_type_and_nothing_left_behind(lamina, tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    words, told = REFUSED[case]
    said = lamina(*words)
    assert said.code == 2
    assert told in said.err
    assert "Traceback" not in said.err
    assert not said.out
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())


@pytest.mark.parametrize("case", ["unknown option", "two budgets", "no such source", "showing what is no run"])
def test_refused_as_one_object(lamina, tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    said = lamina(*REFUSED[case][0], "--json")
    assert said.code == 2
    assert not said.err
    assert REFUSED[case][1] in said.json["error"]["what"] + said.json["error"]["expected"]


SETTINGS = {
    "unknown key": ("optimizer: {rat: 1}", 'did you mean "rate"?'),
    "unknown section": ("optimiser: {rate: 1}", 'did you mean "optimizer"?'),
    "an alias": ("a: &x 1\nb: *x", "an alias, anchor or tag"),
    "a tag": ("seed: !!python/object/apply:os.system [ls]", "an alias, anchor or tag"),
    "a repeated key": ("seed: 1\nseed: 2", "repeated"),
    "a list": ("- 1", "does not hold settings"),
    "neither YAML nor JSON": ("{", "neither YAML nor JSON"),
    "text where a number should be": ("seed: no", "seed"),
    "a clock where a number should be": ("seed: 12:30:00", "seed"),
    "deep": ("a: " + "[" * 100_000, "nested more than"),
    "a number of many digits": ("seed: " + "9" * 100_000, "seed"),
    "large": ("a: " + "x" * (1 << 20), "1 MiB"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_a_settings_file_is_refused_at_once(lamina, tmp_path, case):
    text, told = SETTINGS[case]
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    began = time.process_time()
    said = lamina("config", "--config", path)
    assert time.process_time() - began < 1.0  # the first one loads torch; caps take milliseconds
    assert said.code == 2
    assert told in said.err
    assert len(said.err) < 1000


def test_settings_keep_the_rules_of_yaml_1_2(lamina, tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text("optimizer: {rate: 1e-3}\nseed: 010\nhead: {balance: true}")
    found = lamina("config", "--config", path, "--json").json
    assert float(found["optimizer.rate"]) == 0.001
    assert found["seed"] == "10"
    assert found["head.balance"] == "true"


def test_config_explains_types_and_ranges(lamina):
    said = lamina("config", "--explain")
    assert said.code == 0
    assert any(line.split()[:2] == ["optimizer.rate", "0.003"] and "> 0" in line for line in said.out.splitlines())


@pytest.mark.parametrize(
    ("text", "told"),
    [("[]", "no plan"), ("{", "JSON"), ('{"layoutt": 1}', "layout"), ('{"threads": "many"}', "threads")],
)
def test_a_plan_of_another_shape_is_refused(lamina, tmp_path, text, told):
    path = tmp_path / "plan.json"
    path.write_text(text)
    said = lamina("fit", "digits", "--plan", path, "--out", tmp_path / "run")
    assert said.code == 2
    assert told in said.err
    assert not (tmp_path / "run").exists()


def test_a_plan_for_a_device_that_is_not_here_is_refused(lamina, tmp_path):
    path = tmp_path / "plan.json"
    path.write_text('{"device": "cuda:99"}')
    said = lamina("fit", "digits", "--plan", path, "--out", tmp_path / "run")
    assert (said.code, "cuda:99" in said.err) == (2, True)


IMPOSSIBLE = {
    "a batch larger than the data": (["--set", "train.batch=5000"], "1,349 training rows"),
    "batch norm with a batch of one": (["--set", "train.batch=1"], "batch norm"),
    "batch norm with slices": (["--set", "train.slices=2"], "batch norm"),
    "a model that is too small for the pictures": (["--model", "lenet"], "lenet"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_an_impossible_pair_stops_before_training_and_leaves_no_run(lamina, tmp_path, case):
    words, told = IMPOSSIBLE[case]
    said = lamina("fit", "digits", "--epochs", 1, "--out", tmp_path / "run", *words)
    assert said.code == 2
    assert told in said.err
    assert not list(tmp_path.iterdir())


def test_output_that_holds_another_run_is_kept(lamina, own_run):
    before = {p: p.read_bytes() for p in own_run.rglob("*") if p.is_file()}
    said = lamina("fit", "digits", "--out", own_run)
    assert said.code == 2
    assert "--resume" in said.err
    assert f"--out {own_run}-2" in said.err
    assert before == {p: p.read_bytes() for p in own_run.rglob("*") if p.is_file()}


def test_output_that_is_a_folder_of_other_things_is_kept(lamina, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    said = lamina("fit", "digits", "--out", tmp_path)
    assert (said.code, "thesis.txt" in said.err) == (2, True)
    assert lamina("fit", "digits", "--out", tmp_path, "--resume").code == 2
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_output_that_cannot_be_written_is_refused(lamina, tmp_path):
    tmp_path.chmod(0o500)
    said = lamina("fit", "digits", "--out", tmp_path / "run")
    assert (said.code, "--out" in said.err) == (2, True)


def test_output_below_a_file_is_refused(lamina, tmp_path):
    (tmp_path / "file").write_text("")
    said = lamina("fit", "digits", "--out", tmp_path / "file" / "run")
    assert (said.code, "cannot write" in said.err or "is a file" in said.err) == (2, True)


def test_a_run_is_no_source(lamina, trained, tmp_path):
    said = lamina("fit", trained, "--out", tmp_path / "run")
    assert (said.code, f"lamina fit {trained} --resume" in said.err) == (2, True)


def test_answers_that_are_there_are_kept(lamina, trained, tmp_path):
    (tmp_path / "answers.csv").write_text("mine")
    said = lamina("predict", trained, "new.csv", "--out", tmp_path / "answers.csv")
    assert (said.code, (tmp_path / "answers.csv").read_text()) == (2, "mine")


def test_a_request_is_kept_as_typed(trained):
    assert json.loads((trained / "request.json").read_text())["steps"] == 60
