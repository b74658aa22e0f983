"""Graphs all the way: from a folder to answers, and what stops a run or is set aside on the way."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina.errors import PlanError, SettingError
from lamina.teller import Quiet

SHAPES = {"ring": [(i, (i + 1) % 6) for i in range(6)], "star": [(0, i) for i in range(1, 6)]}


def gin(path: Path, count: int = 60) -> Path:
    """Rings and stars, as the GIN paper writes graphs."""
    lines = [str(count)]
    for i in range(count):
        edges = SHAPES["ring" if i % 2 else "star"]
        near = [[b for a, b in edges if a == n] + [a for a, b in edges if b == n] for n in range(6)]
        lines += [f"6 {i % 2}", *(f"{(n + i) % 3} {len(near[n])} {' '.join(map(str, near[n]))}" for n in range(6))]
    path.write_text("\n".join(lines) + "\n")
    return path


def club(root: Path, size: int = 30) -> Path:
    """Two groups with many edges inside and few between."""
    draw = np.random.default_rng(0)
    root.mkdir()
    pairs = {(a, b) for a in range(size) for b in range(a) if draw.random() < (0.5 if a % 2 == b % 2 else 0.04)}
    (root / "nodes.csv").write_text("name,group\n" + "".join(f"n{i},g{i % 2}\n" for i in range(size)))
    (root / "edges.csv").write_text("source,target\n" + "".join(f"n{a},n{b}\n" for a, b in sorted(pairs)))
    return root


def fitted(source, out: Path, **asked):
    return lamina.fit(source, out=out, teller=Quiet(), **{"steps": 60, **asked})


def plates(run) -> list:
    """What the report shows of rows."""
    return json.loads((Path(run.path) / "exhibits" / "exhibits.json").read_text())["plates"]


def test_rings_are_told_from_stars_from_the_run_alone(tmp_path):
    source = gin(tmp_path / "g.txt")
    run = fitted(source, tmp_path / "run")
    assert run.scores["accuracy"].value == 1.0
    moved = lamina.load((tmp_path / "run").rename(tmp_path / "moved"))
    answers = moved.predict(gin(tmp_path / "new.txt", 4))
    assert [a.value for a in answers] == [0, 1, 0, 1]
    source.unlink()
    assert moved.score()["accuracy"].value == 1.0
    shown = plates(moved)[0]
    assert (tmp_path / "moved" / shown["items"][0]["picture"]).is_file()


def test_nodes_are_classed_by_their_neighbours_and_asked_for_by_name(tmp_path):
    run = fitted(club(tmp_path / "club"), tmp_path / "run", target="group")
    assert set(run.all_scores()["baseline"]) == {"majority", "label propagation"}
    assert plates(run)[0]["title"] == "The graph"
    (tmp_path / "new.csv").write_text("name\nn3\nn4\nn3\nnobody\n")
    answers = run.predict(tmp_path / "new.csv")
    assert [a.value for a in answers[:3]] == ["g1", "g0", "g1"]
    assert "no node of the graph" in answers[3].problem


def test_test_edges_are_not_in_the_graph_that_links_are_learned_from(tmp_path):
    run = fitted(club(tmp_path / "club"), tmp_path / "run", target="target", steps=10)
    with np.load(tmp_path / "run" / "context.npz") as context, np.load(tmp_path / "run" / "split.npz") as split:
        assert set(context["edge_rows"]) == set(split["train"])
        half = len(set(split["train"]) | set(split["valid"]) | set(split["test"])) // 2
        assert {int(r) % half for r in split["test"]}.isdisjoint(int(r) % half for r in split["train"])
    assert set(run.all_scores()["baseline"]) == {"popular", "common neighbours", "adamic-adar"}
    assert "groups" in run.scores["mrr"].method
    assert [name for name, _ in plates(run)[0]["items"][0]["texts"]] == ["asked", "likeliest", "true"]
    (tmp_path / "new.csv").write_text("source\nn3\nnobody\n")
    answers = run.predict(tmp_path / "new.csv")
    assert answers[0].value.startswith("n")
    assert answers[1].problem
    chances = list(answers[0].likeliest.values())
    assert next(iter(answers[0].likeliest)) == answers[0].value
    assert len(chances) == min(10, len(set(run.predictor().kind.names)))
    assert chances == sorted(chances, reverse=True)


def test_molecules_that_cannot_be_read_are_set_aside_and_counted(tmp_path):
    pytest.importorskip("rdkit", reason="rdkit, the extra called molecules, is not installed")
    rows = [f"{'C' * (1 + i % 9)}{'O' * (i % 3)}{'C' * (1 + i // 20)},{i % 9 - i % 3}.5\n" for i in range(200)]
    (tmp_path / "m.csv").write_text("smiles,y\n" + "".join(rows) + "C1CC,1.5\nCC(,2.5\n")
    run = fitted(tmp_path / "m.csv", tmp_path / "run", steps=10, settings=("data.quarantine=0.1",))
    data = json.loads((tmp_path / "run" / "data.json").read_text())
    assert 0 < sum(data["quarantined"].values()) <= 2
    answers = run.predict({"smiles": np.array(["CCO", "C1CC"])})
    assert answers[0].problem == ""
    assert "no SMILES" in answers[1].problem


@pytest.mark.parametrize("model", ["mpnn", "complex"])
def test_a_page_that_does_not_read_nodes_is_refused_before_training(tmp_path, model):
    with pytest.raises(PlanError, match=r"whole graphs|no relations"):
        fitted(club(tmp_path / "club"), tmp_path / "run", target="group", model=model)
    assert not (tmp_path / "run").exists()


def test_a_fold_of_a_source_without_folds_is_refused(tmp_path):
    with pytest.raises(SettingError, match="no published folds"):
        fitted(gin(tmp_path / "g.txt"), tmp_path / "run", fold=2)
