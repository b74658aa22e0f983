"""A finished run as an ONNX file: the same answers without us, and nothing where that is not so."""

from __future__ import annotations

import json
import re
import runpy
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import lamina as lm
from lamina.data.locked import load_locked
from lamina.errors import ExtraError, PlanError, RunError, SettingError
from lamina.export import BOUND, parity
from lamina.export.graph import Served
from lamina.files import seal, sha256
from lamina.run.tensors import from_bytes, to_bytes


@pytest.fixture(scope="session")
def exported(trained, tmp_path_factory):
    """The folder of the run on digits."""
    place = tmp_path_factory.mktemp("exported") / "served"
    lm.load(trained).export(place)
    return place


def test_a_file_answers_as_the_run_does(exported, trained):
    run = lm.load(trained)
    card = json.loads((exported / "model.json").read_text())
    (port,), (output,) = card["inputs"], card["outputs"]
    assert port["shape"] == ["rows", 1, 8, 8]
    assert output["labels"] == list(range(10))
    table = load_locked(run.directory.read_bytes("test.parquet"))
    rows = np.arange(11)
    pixels = run.predictor().encoded(table, rows)[0]["image"].numpy()
    session = onnxruntime.InferenceSession((exported / "model.onnx").read_bytes())
    (theirs,) = session.run(["probabilities"], {port["name"]: pixels})
    ours = run.predictor().outputs(table, rows).array
    assert run.predictor().temperature != 1.0  # and so the calibration is in it
    np.testing.assert_allclose(theirs, ours, atol=1e-5)


def test_the_card_says_what_it_is_of_and_how_near_it_came(exported, trained):
    card = json.loads((exported / "model.json").read_text())
    assert card["weights_sha256"] == sha256((trained / "weights.safetensors").read_bytes())
    held = card["parity"]
    assert (held["rows"], held["batches"]) == (256, [1, 7, 256])
    assert 0 <= held["largest"] <= held["bound"] == BOUND
    model = onnx.load(exported / "model.onnx")
    onnx.checker.check_model(model)
    assert card["opset"] == model.opset_import[0].version


def test_nothing_tells_where_it_was_made(exported, trained):
    held = b"".join(path.read_bytes() for path in exported.iterdir())
    for told in (str(trained), str(Path(lm.__file__).parent), "site-packages", "torchlib", ".py"):
        assert told.encode() not in held
    assert sorted(path.name for path in exported.iterdir()) == ["README.md", "model.json", "model.onnx"]


def test_the_program_on_its_page_runs(exported, tmp_path, monkeypatch, capsys):
    code = re.search(r"```python\n(.*?)```", (exported / "README.md").read_text(), re.S)[1]
    (tmp_path / "page.py").write_text(code)
    monkeypatch.chdir(exported)
    runpy.run_path(str(tmp_path / "page.py"))
    assert "probabilities (2, 10)" in capsys.readouterr().out


def test_a_graph_that_answers_otherwise_is_refused_and_nothing_is_left(trained, tmp_path, monkeypatch):
    forward = Served.forward
    monkeypatch.setattr(Served, "forward", lambda self, *arrays: tuple(x + 2e-4 for x in forward(self, *arrays)))
    with pytest.raises(RunError, match=r"answers otherwise than the run: 2\.0e-04 apart"):
        lm.load(trained).export(tmp_path / "served")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "far"),
    [
        (np.array([1.0, 100.0]), np.array([1.0, 101.0]), 0.01),
        (np.array([0.1]), np.array([0.2]), 0.1),
        (np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 2, 3, 5]), 0.25),
        (np.array([1.0]), np.array([np.nan]), np.inf),
        (np.ones((2, 1)), np.ones(2), np.inf),
    ],
)
def test_how_far_apart_answers_are(ours, theirs, far):
    assert parity.apart(ours, theirs) == pytest.approx(far)


def test_weights_that_are_not_finite_are_not_exported(own_run, tmp_path):
    path = own_run / "weights.safetensors"
    tensors = from_bytes(path.read_bytes(), path.name)
    name = next(name for name, x in tensors.items() if x.dim() == 2)
    tensors[name][0, 0] = float("inf")
    path.write_bytes(to_bytes(tensors))
    listed = json.loads((own_run / "manifest.json").read_text())
    listed["files"][path.name] = {"size": path.stat().st_size, "sha256": sha256(path.read_bytes())}
    (own_run / "manifest.json").write_bytes(seal({k: v for k, v in listed.items() if k != "sha256"}))
    with pytest.raises(RunError, match=f"not finite, first in {name}"):
        lm.load(own_run).export(tmp_path / "served")
    assert not (tmp_path / "served").exists()


@pytest.mark.parametrize("name", ["weights.safetensors", "schema.json", "test.parquet"])
def test_a_damaged_run_is_named_and_not_exported(own_run, tmp_path, name):
    data = bytearray((own_run / name).read_bytes())
    data[len(data) // 2] ^= 1
    (own_run / name).write_bytes(data)
    with pytest.raises(RunError, match=name.replace(".", r"\.")):
        lm.load(own_run).export(tmp_path / "served")
    assert not (tmp_path / "served").exists()


def test_nothing_is_written_over(trained, tmp_path):
    (tmp_path / "here").mkdir()
    for out, match in (("here", "nothing is overwritten"), ("model.onnx", "to be a folder"), ("no/x", "mkdir -p")):
        with pytest.raises(SettingError, match=match):
            lm.load(trained).export(tmp_path / out)
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_an_unfinished_run_says_how_to_go_on(halted, tmp_path):
    with pytest.raises(RunError, match="is not finished"):
        lm.load(halted).export(tmp_path / "served")


def test_a_missing_library_is_told_with_its_extra(trained, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(ExtraError, match=r"lamina\[export\]"):
        lm.load(trained).export(tmp_path / "served")


def test_a_net_that_cannot_be_traced_is_told(trained, tmp_path, monkeypatch):
    def looks(self, *arrays):
        return (arrays[0] if float(arrays[0].float().sum()) > 1 else torch.zeros(1),)

    monkeypatch.setattr(Served, "forward", looks)
    with pytest.raises(PlanError, match="cannot be one ONNX graph"):
        lm.load(trained).export(tmp_path / "served")
