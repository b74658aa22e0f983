"""Sets of graphs with a label each: the text file of the GIN paper, and the folder of files that TU Dortmund publishes.

GIN text (github.com/weihua916/powerful-gnns): a line with the number of graphs; for each a line "nodes label", and then
a line a node, "tag neighbours i j k …", perhaps with numbers after the neighbours. TU (chrsmrrs.github.io/datasets):
NAME_A.txt holds an edge a line, NAME_graph_indicator.txt the graph of each node, counted from 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...errors import SettingError, SourceError
from ...findings import Findings
from ...kinds import Graph
from ...kinds.records import Records
from ..table import RaggedArrays, Table, Values
from .encoding import lines_of
from .folders import Listing
from .options import ReadOptions
from .reading import at_lines, content, fingerprint_names, shown, stamps_of
from .small import read_matrix, read_whole

Folder = tuple[Path, Listing]

FOLD = re.compile(r"(?:^|/)(train|test)_idx-(\d+)\.txt$")
INDICATOR = "_graph_indicator.txt"
SNIFFED = 400  # bytes looked at to know the format by


def is_gin(path: Path) -> bool:
    """Whether a file begins as the text of the GIN paper does."""
    try:
        with path.open("rb") as file:
            lines = file.read(SNIFFED).split(b"\n")[:3]
        first, second, third = ([int(word) for word in line.split()[:2]] for line in lines)
    except (OSError, ValueError):
        return False
    return (
        (len(first), len(second), len(third)) == (1, 2, 2) and len(lines[0].split()) == 1 and len(lines[1].split()) == 2
    )


def is_graphs(given: Folder) -> bool:
    """Whether a folder holds graphs in one of the two layouts."""
    root, listing = given
    return bool(_gin_file(root, list(listing.stamps)) or _tu_name(list(listing.stamps)))


def read_graphs(given: Folder, options: ReadOptions, findings: Findings) -> Table:
    """A folder of graphs as a table of `graph` and `label`, with the folds that are published beside a GIN text."""
    root, names = given[0], list(given[1].stamps)
    text = _gin_file(root, names)
    if text:
        return read_gin(root / text, options, findings, names)
    if options.fold:
        raise SettingError(f"--fold {options.fold}: {shown(root)} has no published folds", fix="leave out --fold")
    return _read_tu(root, _tu_name(names), names)


def _gin_file(root: Path, names: Sequence[str]) -> str:
    found = [n for n in names if n.endswith(".txt") and "/" not in n and is_gin(root / n)]
    return found[0] if len(found) == 1 else ""


def _tu_name(names: Sequence[str]) -> str:
    found = [n.removesuffix(INDICATOR) for n in names if n.endswith(INDICATOR) and "/" not in n]
    return found[0] if len(found) == 1 and f"{found[0]}_A.txt" in names else ""


def read_gin(path: Path, options: ReadOptions, findings: Findings, folds: Sequence[str] = ()) -> Table:
    """A GIN text file as a table of `graph` and `label`; `folds` are its files of published folds, train_idx-1.txt ….

    Raises SourceError naming the line that does not fit.
    """
    lines = lines_of(path, options.encoding)
    graphs, labels, begins = [], [], []
    at = 1
    for number in range(_whole(lines, 0, shown(path))[0]):
        head = _whole(lines, at, shown(path))
        if len(head) != 2 or head[0] < 0:
            raise SourceError(
                f'{shown(path)}, line {at + 1}: "{lines[at][:40]}"', expected="the nodes of a graph and its label"
            )
        begins.append(at + 1)
        labels.append(head[1])
        graphs.append(_graph(lines, at + 1, head[0], f"{shown(path)}, graph {number + 1}"))
        at += 1 + head[0]
    if len({g[0].shape[1] for g in graphs}) > 1:
        raise SourceError(f"nodes of {shown(path)} have unequally many numbers", expected="equally many for each node")
    parts, facts = _folds(path, folds, options, len(graphs), findings)
    return _table(path, Records.of(graphs), np.array(labels), begins, parts, {"reader": "GIN text", **facts})


def _graph(lines: list[str], start: int, count: int, where: str) -> tuple[Any, Any, Any]:
    tags, ends = [], []
    for node in range(count):
        words = _numbers(lines, start + node, where)
        heard = int(words[1]) if len(words) > 1 else -1
        if heard < 0 or len(words) < 2 + heard:
            raise SourceError(
                f"{where}, line {start + node + 1}: {len(words)} numbers", expected="tag, neighbours, and each of them"
            )
        near = [int(word) for word in words[2 : 2 + heard]]
        wrong = [other for other in near if not 0 <= other < count]
        if wrong:
            raise SourceError(
                f"{where}, line {start + node + 1}: an edge to node {wrong[0]} of {count}",
                expected=f"neighbours from 0 to {count - 1}",
            )
        ends += [(other, node) for other in near]
        tags.append([words[0], *words[2 + heard :]])
    if len({len(row) for row in tags}) > 1:
        raise SourceError(f"{where}: nodes have unequally many numbers", expected="equally many for each node")
    ends_array = np.array(ends, np.int64).reshape(-1, 2).T
    width = len(tags[0]) if tags else 1
    return np.array(tags, np.float32).reshape(-1, width), ends_array, np.zeros((len(ends), 0))


def _numbers(lines: list[str], at: int, where: str) -> list[float]:
    try:
        found = [float(word) for word in lines[at].split()]
    except IndexError:
        raise SourceError(f"{where} ends after {len(lines):,} lines", expected="a line for each node") from None
    except ValueError:
        raise SourceError(
            f'{where}, line {at + 1}: "{lines[at][:40]}" is not numbers', expected="numbers with blanks between"
        ) from None
    if not np.isfinite(found).all():
        raise SourceError(f'{where}, line {at + 1}: "{lines[at][:40]}" is not finite', expected="finite numbers")
    return found


def _whole(lines: list[str], at: int, where: str) -> list[int]:
    return [int(number) for number in _numbers(lines, at, where)]


def _read_tu(root: Path, name: str, names: Sequence[str]) -> Table:
    """Raises SourceError for files that do not fit each other."""
    owner = read_whole(root / f"{name}{INDICATOR}")[:, 0] - 1
    labels = read_matrix(root / f"{name}_graph_labels.txt")
    if len(owner) and (np.diff(owner) < 0).any():
        raise SourceError(f"{name}{INDICATOR} is not in order of its graphs", expected="the nodes of a graph together")
    if len(owner) and not 0 <= owner.min() <= owner.max() < len(labels):
        raise SourceError(
            f"{name}{INDICATOR} names graphs from {owner.min() + 1} to {owner.max() + 1}",
            expected=f"1 to {len(labels):,}, one for each line of {name}_graph_labels.txt",
        )
    nodes = np.bincount(owner, minlength=len(labels))
    ends = read_whole(root / f"{name}_A.txt").T - 1
    if len(ends) != 2:
        raise SourceError(f"{name}_A.txt has {len(ends)} numbers a line", expected="the two nodes of an edge")
    wrong = np.flatnonzero(((ends < 0) | (ends >= len(owner))).any(0))
    if len(wrong):
        line = int(wrong[0])
        raise SourceError(
            f"{name}_A.txt, line {line + 1}: an edge from node {ends[0, line] + 1} to node {ends[1, line] + 1}",
            expected=f"nodes from 1 to {len(owner):,}",
        )
    order = np.argsort(owner[ends[1]], kind="stable")
    ends = ends[:, order]
    edges = np.bincount(owner[ends[1]], minlength=len(nodes))
    columns = [_beside(root, name, names, key, len(owner)) for key in ("node_labels", "node_attributes")]
    about = [_beside(root, name, names, key, ends.shape[1]) for key in ("edge_labels", "edge_attributes")]
    first = np.cumsum(nodes) - nodes
    raw = Records(
        nodes,
        edges,
        np.concatenate(columns, axis=1).astype(np.float32),
        ends - first[owner[ends[1]]],
        np.concatenate(about, axis=1).astype(np.float32)[order],
    )
    kept = labels[:, 0].astype(np.int64) if (labels == np.rint(labels)).all() else labels[:, 0]
    return _table(root, raw, kept, range(1, len(nodes) + 1), None, {"reader": "TU folder"})


def _beside(root: Path, name: str, names: Sequence[str], key: str, rows: int) -> NDArray[np.float64]:
    file = f"{name}_{key}.txt"
    if file not in names:
        return np.zeros((rows, 0))
    found = read_matrix(root / file)
    if len(found) != rows:
        raise SourceError(f"{file} has {len(found):,} lines", expected=f"{rows:,}, one for each")
    return found


def _folds(
    path: Path, folds: Sequence[str], options: ReadOptions, count: int, findings: Findings
) -> tuple[NDArray[np.str_] | None, dict[str, Any]]:
    """The part of each graph in the fold that is asked for, the first where none is."""
    found = {(m[1], int(m[2])): name for name in folds if (m := FOLD.search(name))}
    known = sorted({k for _, k in found if ("train", k) in found and ("test", k) in found})
    if not known:
        if options.fold:
            raise SettingError(f"--fold {options.fold}: {shown(path)} has no published folds", fix="leave out --fold")
        return None, {}
    fold = options.fold or known[0]
    if fold not in known:
        raise SettingError(f"--fold {fold}: there is no such fold", expected=f"{known[0]} to {known[-1]}")
    if not options.fold:
        findings.warn("fold", f"fold {fold} of {len(known)} published folds is tested on; --fold K takes another")
    parts = np.full(count, "", "<U5")
    for part in ("train", "test"):
        file = path.parent / found[part, fold]
        rows = _numbered(file, count)
        if (parts[rows] != "").any():
            raise SourceError(f"{shown(file)} names graphs that train too", expected="each graph in one part")
        parts[rows] = part
    return parts, {"fold": fold, "folds": len(known)}


def _numbered(path: Path, count: int) -> NDArray[np.int64]:
    """The graphs that a file of a fold names. Raises SourceError for what names none."""
    words = content(path).split()
    for word in words:
        if not (word.isdigit() and len(word) < 19 and int(word) < count):
            told = word[:40].decode("ascii", "backslashreplace")
            raise SourceError(f'{shown(path)} names graph "{told}" of {count}', expected=f"0 to {count - 1}")
    return np.array([int(word) for word in words], np.int64)


def _table(
    path: Path, raw: Records, labels: NDArray[Any], lines: Sequence[int], parts: Any, facts: dict[str, Any]
) -> Table:
    files = [path.name] if path.is_file() else sorted(p.name for p in path.iterdir())
    rows = np.arange(len(labels)) if parts is None else np.flatnonzero(parts != "")
    place = at_lines(shown(path.name), [lines[i] for i in rows.tolist()])
    return Table(
        {
            "graph": RaggedArrays("graph", raw.packed()[rows], place=place),
            "label": Values("label", pa.chunked_array([pa.array(labels[rows])]), place=place),
        },
        path.stem,
        fingerprint_names(stamps_of(path if path.is_dir() else path.parent, files)),
        None if parts is None else parts[rows],
        "label",
        [str(i) for i in rows],
        facts,
        inputs=("graph",),
        kinds={"graph": Graph()},
    )
