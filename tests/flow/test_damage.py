"""Damaged, foreign and newer files of a run: going on takes the slot before, all else stops and names the file."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import pytest

import lamina as lm
from lamina.errors import RunError
from lamina.files import seal, sha256
from lamina.run import RunDirectory
from lamina.run.tensors import from_bytes, to_bytes
from lamina.teller import Quiet


def flip(path: Path) -> None:
    """Turn one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE = {
    "one bit": flip,
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "a web page": lambda path: path.write_text("<!doctype html><p>404"),
    "a pickle": lambda path: path.write_bytes(pickle.dumps({"weights": [1]})),
    "gone": Path.unlink,
}
USES = {
    "score": (lambda run: run.score(), ("weights.safetensors", "schema.json", "recipe.json", "test.parquet")),
    "predict": (lambda run: run.predict("digits"), ("weights.safetensors", "schema.json", "calibration.json")),
    "report": (lambda run: run.report(), ("scores.json", "data.json", "schema.json")),
}


@pytest.mark.parametrize(("use", "name"), [(use, name) for use, (_, names) in USES.items() for name in names])
def test_one_flipped_bit_stops_and_names_the_file(own_run, use, name):
    flip(own_run / name)
    with pytest.raises(RunError, match=name.replace(".", r"\.")):
        USES[use][0](lm.load(own_run))


@pytest.mark.parametrize("how", DAMAGE)
def test_damaged_weights_are_named_with_what_they_look_like(own_run, how):
    DAMAGE[how](own_run / "weights.safetensors")
    with pytest.raises(RunError, match=r"weights\.safetensors") as refused:
        lm.load(own_run).predict("digits")
    said = {"a web page": "web page", "a pickle": "pickle", "empty": "0 bytes|zero bytes", "half": "of .* bytes"}
    if how in said:
        assert refused.match(said[how])


@pytest.mark.parametrize("how", DAMAGE)
def test_going_on_takes_the_slot_before_a_damaged_one(halted, tmp_path, how):
    run = Path(shutil.copytree(halted, tmp_path / "run"))
    newest = max(run.glob("resume/*/manifest.json"), key=lambda p: json.loads(p.read_text())["number"]).parent
    DAMAGE[how](newest / "tensors.safetensors")
    teller = Quiet()
    finished = lm.resume(run, teller=teller)
    assert finished.finished
    warned = [line for line in teller.lines if line.startswith("warning")]
    assert any(f"resume/{newest.name}/tensors.safetensors" in line for line in warned)
    assert any("is used instead" in line for line in warned)


def test_going_on_from_either_slot_ends_in_the_same_bits(halted, tmp_path):
    whole, hurt = (Path(shutil.copytree(halted, tmp_path / name)) for name in ("whole", "hurt"))
    flip(max(hurt.glob("resume/*/manifest.json"), key=lambda p: json.loads(p.read_text())["number"]))
    ends = [lm.resume(run, teller=Quiet()).directory.read_bytes("weights.safetensors") for run in (whole, hurt)]
    assert ends[0] == ends[1]


def test_going_on_with_both_slots_damaged_stops(halted, tmp_path):
    run = Path(shutil.copytree(halted, tmp_path / "run"))
    for slot in ("a", "b"):
        flip(run / "resume" / slot / "tensors.safetensors")
    with pytest.raises(RunError, match="no checkpoint is whole"):
        lm.resume(run, teller=Quiet())


def relisted(run: Path, name: str) -> None:
    """Make the manifest say that a file is as it should be."""
    listed = json.loads((run / "manifest.json").read_text())
    data = (run / name).read_bytes()
    listed["files"][name] = {"size": len(data), "sha256": sha256(data)}
    (run / "manifest.json").write_bytes(seal({k: v for k, v in listed.items() if k != "sha256"}))


def test_weights_of_another_recipe_are_refused_with_the_difference(own_run):
    path = own_run / "weights.safetensors"
    tensors = from_bytes(path.read_bytes(), path.name)
    name = next(name for name, x in tensors.items() if x.dim() == 2)
    path.write_bytes(to_bytes({**tensors, name: tensors[name][:1].clone()}))
    relisted(own_run, path.name)
    with pytest.raises(RunError, match="another model") as refused:
        lm.load(own_run).predict("digits")
    assert name in str(refused.value)
    assert "1 × " in str(refused.value)


def test_weights_that_are_not_finite_are_refused(own_run):
    path = own_run / "weights.safetensors"
    tensors = from_bytes(path.read_bytes(), path.name)
    name = next(name for name, x in tensors.items() if x.dim() == 2)
    tensors[name][0, 0] = float("nan")
    path.write_bytes(to_bytes(tensors))
    relisted(own_run, path.name)
    with pytest.raises(RunError, match=f"not finite, first in {name}"):
        lm.load(own_run).predict("digits")


def test_a_run_of_a_newer_format_says_so(own_run):
    (own_run / "manifest.json").write_bytes(seal({"format": 99, "files": {}}))
    with pytest.raises(RunError, match="format 99, newer than this version") as refused:
        lm.load(own_run)
    assert "upgrade" in refused.value.fix


def test_a_run_that_another_process_writes_is_left_alone(halted, tmp_path):
    run = Path(shutil.copytree(halted, tmp_path / "run"))
    with RunDirectory.open(run).hold(), pytest.raises(RunError, match="is being written by process"):
        lm.resume(run, teller=Quiet())


def test_a_page_and_a_count_are_not_written_into_a_run_that_another_process_writes(own_run):
    run = lm.load(own_run)
    for use in (run.report, run.score):
        with RunDirectory.open(own_run).hold(), pytest.raises(RunError, match="is being written by process"):
            use()
    assert run.all_scores()["looks"] == 1


@pytest.mark.parametrize("kept", [{"choices": []}, [1, 2], {"recipe": "mlp"}])
def test_a_recipe_that_is_not_there_is_named_with_its_file(own_run, kept):
    RunDirectory.open(own_run).write("recipe.json", kept)
    for use in ("score", "predict"):
        with pytest.raises(RunError, match=r'recipe\.json has no "recipe" in it[^$]*fix: +copy recipe\.json again'):
            USES[use][0](lm.load(own_run))
