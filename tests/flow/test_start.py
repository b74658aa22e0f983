"""A run that begins where another ended: its words and its net, but for the head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

import lamina as lm
from lamina.errors import LaminaError, PlanError, RunError
from lamina.flow import Request
from lamina.run import RunDirectory
from lamina.teller import Quiet

SMALL = ("model.width=16", "model.depth=1", "model.heads=2", "train.batch=16")
STILL = ("optimizer.name=adamw", "optimizer.rate=1e-9", "optimizer.decay=0", "schedule.name=constant")


def texts(words: str, count: int) -> list[str]:
    draw = np.random.default_rng(len(words))
    return [" ".join(draw.choice(words.split(), 6)) + f" n{i}" for i in range(count)]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> lm.Run:
    """Hidden words of texts without labels."""
    folder = tmp_path_factory.mktemp("first")
    table = pd.DataFrame({"text": texts("red green blue black white grey", 120)})
    return lm.fit(
        table, objective="masked", kinds={"text": "Text()"}, steps=4, settings=SMALL, out=folder / "run", teller=Quiet()
    )


def labelled() -> pd.DataFrame:
    """Other texts, with words that the first run never saw."""
    rows = texts("red green lamp chair table door", 120)
    return pd.DataFrame({"text": rows, "label": ["lit" if "lamp" in row else "dark" for row in rows]})


def test_the_words_and_the_net_are_those_of_the_run_and_the_head_is_new(first, tmp_path):
    asked = {"model": "bert", "steps": 1, "settings": (*SMALL, *STILL), "teller": Quiet()}
    run = lm.fit(labelled(), "label", start=str(first.path), out=tmp_path / "run", **asked)
    alone = lm.fit(labelled(), "label", kinds={"text": "Text()"}, out=tmp_path / "alone", **asked)
    kinds = [r.predictor().schema.inputs[0].kind for r in (first, run, alone)]
    assert kinds[0] == kinds[1]
    assert "lamp" not in kinds[1].vocab
    assert "lamp" in kinds[2].vocab
    before, after = (load_file(r.path / "weights.safetensors") for r in (first, run))
    shared = [name for name in after if not name.startswith("head.")]
    assert shared == [name for name in before if not name.startswith("head.")]
    for name in shared:
        assert (before[name] - after[name]).abs().max() < 1e-6, name
    heads = [name for name in after if name.startswith("head.")]
    assert all(name not in before or before[name].shape != after[name].shape for name in heads)
    fresh = load_file(tmp_path / "alone" / "weights.safetensors")
    assert any(
        fresh[name].shape == after[name].shape and (fresh[name] - after[name]).abs().max() > 0.01 for name in shared
    )


def test_the_page_of_the_run_comes_with_its_sizes_whether_it_is_named_or_not(first, tmp_path):
    for name in ("", "bert"):
        asked = {"model": name, "start": str(first.path), "steps": 1, "teller": Quiet()}
        run = lm.fit(labelled(), "label", out=tmp_path / f"run{name}", **asked)
        kept = run.directory.read_json("recipe.json")["recipe"]["model"]
        assert kept == first.directory.read_json("recipe.json")["recipe"]["model"]


def test_another_page_than_that_of_the_run_is_refused(first, tmp_path):
    with pytest.raises(PlanError, match="has the model bert, and lstm is asked for"):
        lm.fit(
            labelled(),
            "label",
            model="lstm",
            start=str(first.path),
            steps=1,
            out=tmp_path / "run",
            settings=("model.width=16",),
            teller=Quiet(),
        )
    assert not (tmp_path / "run").exists()


def test_a_run_that_is_not_finished_is_refused_before_anything_is_read(tmp_path):
    RunDirectory.create(tmp_path / "begun", Request(source="x").to_json())
    with pytest.raises(RunError, match="has no weights yet"):
        lm.fit("no such file", start=str(tmp_path / "begun"), out=tmp_path / "run", teller=Quiet())
    assert not Path(tmp_path / "run").exists()


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(LaminaError):
        lm.fit(labelled(), "label", start=str(tmp_path), out=tmp_path / "run", teller=Quiet())
