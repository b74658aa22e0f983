"""Readers of graphs: what they read, and what they refuse with file and line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lamina.data.context import training_context
from lamina.data.sources import ReadOptions, open_source
from lamina.errors import SettingError, SourceError
from lamina.findings import Findings
from lamina.kinds import Node
from lamina.kinds.records import unpacked

GIN = "2\n2 0\n5 1 1\n6 1 0\n3 1\n5 1 1\n5 2 0 2\n6 1 1\n"


def opened(root: Path, **options):
    findings = Findings()
    return open_source(root, ReadOptions(**options), findings), findings.warnings


def nodes(
    root: Path, edges: str = "a,b\nb,c\n", rows: str = "a,x,1\nb,x,2\nc,y,3\n", head: str = "id,club,age"
) -> Path:
    (root / "nodes.csv").write_text(f"{head}\n{rows}")
    (root / "edges.csv").write_text(f"from,to\n{edges}")
    return root


def test_gin_text_is_read_node_by_node(tmp_path):
    (tmp_path / "g.txt").write_text(GIN)
    table, _ = opened(tmp_path / "g.txt")
    raw = unpacked(table.columns["graph"].take(np.arange(2)))
    assert raw.nodes.tolist() == [2, 3]
    assert raw.x[:, 0].tolist() == [5, 6, 5, 5, 6]
    assert raw.ends[:, 2:].T.tolist() == [[1, 0], [0, 1], [2, 1], [1, 2]]
    assert table.columns["label"].where(1) == "g.txt, line 5"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GIN.replace("5 2 0 2", "5 2 0 -1"), "line 7: an edge to node -1 of 3"),
        (GIN.replace("5 2 0 2", "5 2 0 3"), "line 7: an edge to node 3 of 3"),
        (GIN.replace("5 2 0 2", "5 3 0 2"), "line 7: 4 numbers"),
        (GIN.replace("6 1 1", "6 x 1"), "is not numbers"),
        (GIN.replace("6 1 1\n", ""), "ends after"),
        (GIN.replace("5 2 0 2", "5 2 0 2 0.5"), "unequally many numbers"),
    ],
)
def test_gin_text_that_does_not_fit_is_refused_with_its_line(tmp_path, text, said):
    (tmp_path / "g.txt").write_text(text)
    with pytest.raises(SourceError, match=said):
        opened(tmp_path / "g.txt")


def folds(root: Path) -> Path:
    (root / "g.txt").write_text(GIN)
    (root / "folds").mkdir()
    for k in (1, 2):
        (root / "folds" / f"train_idx-{k}.txt").write_text(f"{k - 1}\n")
        (root / "folds" / f"test_idx-{k}.txt").write_text(f"{2 - k}\n")
    return root


def test_a_published_fold_is_the_test_part(tmp_path):
    table, warnings = opened(folds(tmp_path), fold=2)
    assert table.parts.tolist() == ["test", "train"]
    assert table.facts["fold"] == 2
    assert not warnings


def test_without_a_fold_the_first_is_taken_and_said(tmp_path):
    table, warnings = opened(folds(tmp_path))
    assert table.parts.tolist() == ["train", "test"]
    assert "--fold K" in warnings["fold"]


def test_a_fold_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingError, match="--fold 3"):
        opened(folds(tmp_path), fold=3)
    (tmp_path / "folds" / "test_idx-1.txt").write_text("0\n")
    with pytest.raises(SourceError, match="train too"):
        opened(tmp_path, fold=1)
    (tmp_path / "folds" / "test_idx-1.txt").write_text("9\n")
    with pytest.raises(SourceError, match=r"graph \"9\" of 2"):
        opened(tmp_path, fold=1)


def test_a_tu_folder_is_read_with_what_is_known_of_nodes_and_edges(tmp_path):
    files = {"A": "1,2\n2,1\n4,3\n3,4\n", "graph_indicator": "1\n1\n2\n2\n", "graph_labels": "1\n-1\n"}
    files |= {"node_labels": "0\n1\n2\n3\n", "node_attributes": "0.5\n1.5\n2.5\n3.5\n", "edge_labels": "7\n8\n9\n6\n"}
    for name, text in files.items():
        (tmp_path / f"SET_{name}.txt").write_text(text)
    table, _ = opened(tmp_path)
    raw = unpacked(table.columns["graph"].take(np.array([1])))
    assert raw.x.tolist() == [[2, 2.5], [3, 3.5]]
    assert raw.ends.tolist() == [[1, 0], [0, 1]]
    assert raw.edge_x[:, 0].tolist() == [9, 6]
    (tmp_path / "SET_A.txt").write_text("1,2\n0,1\n")
    with pytest.raises(SourceError, match="line 2: an edge from node 0"):
        opened(tmp_path)


def test_nodes_and_edges_are_one_graph_that_rows_point_into(tmp_path):
    table, _ = opened(nodes(tmp_path), target="club")
    assert (table.target, table.inputs) == ("club", ("id",))
    assert table.kinds["id"] == Node(("a", "b", "c"))
    assert table.context["edges"].T.tolist() == [[0, 1], [1, 0], [1, 2], [2, 1]]
    np.testing.assert_allclose(table.context["x"].ravel(), [-1.2247, 0, 1.2247], atol=1e-3)


def test_the_end_of_an_edge_as_the_target_makes_links_of_it(tmp_path):
    table, _ = opened(nodes(tmp_path), target="to")
    assert (len(table), table.target, table.facts["group"]) == (4, "to", "edge")
    assert table.columns["to"].take(np.arange(4)).to_pylist() == [
        ["b", "a"],
        ["c", "b", "a"],
        ["a", "b", "c"],
        ["b", "c"],
    ]
    seen = training_context(table.context, np.array([0, 2]))
    assert seen["edges"].T.tolist() == [[0, 1], [1, 0]]
    assert seen["edge_rows"].tolist() == [0, 2]


def test_a_context_without_answers_in_it_stays_whole():
    edges = np.array([[0, 1], [1, 0]])
    assert training_context({"edges": edges}, np.array([5]))["edges"] is edges


def test_odd_edges_are_counted_and_left_out(tmp_path):
    table, warnings = opened(nodes(tmp_path, "a,b\nb,a\na,b\nb,b\n"), target="club")
    assert table.context["edges"].shape == (2, 2)
    assert "1 edges of edges.csv go from a node to itself" in warnings["loops"]
    assert "2 edges of edges.csv stand twice" in warnings["edges twice"]
    assert "1 of 3 nodes have no edge" in warnings["alone"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"edges": "a,b\nb,z\n"}, 'line 3: "z" under "to" is no node'),
        ({"rows": "a,x,1\nb,x,2\na,y,3\n"}, r'node "a" stands 2 times in nodes.csv \(lines 2, 4\)'),
    ],
)
def test_nodes_and_edges_that_do_not_fit_are_refused(tmp_path, given, said):
    with pytest.raises(SourceError, match=said):
        opened(nodes(tmp_path, **given))


def ogb(root: Path, edges: str = "0,1\n1,2\n", test: str = "2\n") -> Path:
    (root / "raw").mkdir()
    (root / "raw" / "edge.csv").write_text(edges)
    (root / "raw" / "node-label.csv").write_text("0\n1\n0\n")
    (root / "split" / "a").mkdir(parents=True)
    (root / "split" / "a" / "train.csv").write_text("0\n1\n")
    (root / "split" / "a" / "test.csv").write_text(test)
    return root


def test_only_nodes_of_the_published_parts_are_rows(tmp_path):
    table, _ = opened(ogb(tmp_path))
    assert table.parts.tolist() == ["train", "train", "test"]
    assert table.kinds["node"] == Node(count=3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"edges": "0,1\n1,-1\n"}, "line 2: an edge from node 1 to node -1 of 3"),
        ({"edges": "0,1\n1,3\n"}, "line 2: an edge from node 1 to node 3 of 3"),
        ({"test": "1\n2\n"}, "node 1 stands in train and in test"),
        ({"test": "7\n"}, "names node 7 of 3"),
    ],
)
def test_a_node_folder_that_does_not_fit_is_refused(tmp_path, given, said):
    with pytest.raises(SourceError, match=said):
        opened(ogb(tmp_path, **given))


TRAIN = "a\tlikes\tb\nb\tlikes\tc\nc\tlikes\ta\na\tlikes\td\nd\tlikes\tb\nb\tknows\ta\n"


def test_triples_are_asked_from_both_ends_with_what_else_is_true(tmp_path):
    (tmp_path / "train.txt").write_text(TRAIN)
    (tmp_path / "test.txt").write_text("a\tlikes\tc\nc\tlikes\td\nd\tlikes\ta\nb\tlikes\ta\n")
    table, warnings = opened(tmp_path)
    assert len(table) == 20
    rows = {k: c.take(np.arange(20)).to_pylist() for k, c in table.columns.items()}
    first = next(i for i in range(20) if table.parts[i] == "test")
    assert (rows["head"][first], rows["relation"][first], rows["tail"][first]) == ("a", "likes", ["c", "b", "d"])
    assert rows["relation"][first + 4] == "likes (inverse)"
    assert rows["tail"][first + 4] == ["a", "b"]
    assert table.kinds["relation"].names == ("knows", "likes", "knows (inverse)", "likes (inverse)")
    assert not warnings


def test_triples_that_name_what_training_never_named_are_counted(tmp_path):
    (tmp_path / "train.txt").write_text(TRAIN)
    (tmp_path / "test.txt").write_text("a\tlikes\tz\nz\tlikes\ta\na\tlikes\tb\nb\tlikes\ta\n")
    _, warnings = opened(tmp_path)
    assert "2 triples of test name what no triple" in warnings["strange test"]
    assert "1 triples of test stand in training" in warnings["again test"]
    (tmp_path / "train.txt").write_text(TRAIN * 200 + "a\tlikes\n")
    with pytest.raises(SourceError, match=r"train.txt, line 1201"):
        opened(tmp_path)


def test_published_sets_are_read_as_they_are(data):
    cora, _ = opened(data / "cora")
    assert dict(zip(*np.unique(cora.parts, return_counts=True), strict=True)) == {
        "train": 140,
        "valid": 500,
        "test": 1000,
    }
    assert cora.context["edges"].shape == (2, 2 * 5278)
    assert cora.context["x"].shape == (2708, 1433)
    proteins, _ = opened(data / "tu-proteins", fold=10)
    raw = unpacked(proteins.columns["graph"].take(np.arange(1113)))
    assert (len(raw.nodes), len(raw.x)) == (1113, 43471)
    umls, warnings = opened(data / "umls-kg")
    assert len(umls) == 2 * (5216 + 652 + 661)
    assert umls.kinds["head"].size == 135
    assert not warnings
