"""The exam for every source: it opens, its rows have names and come in any order, its fingerprint is its own."""

from __future__ import annotations

import gzip
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image as Pictures

from lamina.data.sources import BUILTIN, SOURCES, open_source
from lamina.data.table import Table
from lamina.errors import SourceError
from lamina.evaluate.baselines.chains import helix
from lamina.findings import Findings
from lamina.kinds.sounds import wave_file
from lamina.kinds.structure import Chain


def picture(path: Path, shade: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Pictures.new("RGB", (6, 5), (shade, 255 - shade, shade // 2)).save(path)


def class_folders(root: Path, change: int) -> Path:
    for i in range(6):
        picture(root / "photos" / ("cat", "dog")[i % 2] / f"{i}.png", i * 20)
    if change:
        picture(root / "photos" / "cat" / "more.png", 200)
    return root / "photos"


def archive(root: Path, change: int) -> Path:
    with zipfile.ZipFile(root / "photos.zip", "w") as out:
        for file in sorted(class_folders(root, change).rglob("*.png")):
            out.write(file, file.relative_to(root))
    return root / "photos.zip"


def idx(root: Path, change: int) -> Path:
    root.mkdir(exist_ok=True)
    for stem, n in (("train", 6), ("t10k", 3)):
        pixels = np.arange(n * 20, dtype=np.uint8).tobytes()
        images = bytes([0, 0, 8, 3]) + struct.pack(">3I", n, 4, 5) + pixels
        labels = bytes([0, 0, 8, 1]) + struct.pack(">I", n) + bytes(i % 2 for i in range(n))
        (root / f"{stem}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images, 1 + change))
        (root / f"{stem}-labels-idx1-ubyte").write_bytes(labels)
    if change:
        labels = bytes([0, 0, 8, 1]) + struct.pack(">I", 3) + b"\1\1\1"
        (root / "t10k-labels-idx1-ubyte").write_bytes(labels)
        (root / "t10k-labels-idx1-ubyte").touch()
    return root


def csv(root: Path, change: int) -> Path:
    (root / "t.csv").write_text("a,b\n" + "".join(f"{i + change},w{i % 2}\n" for i in range(6)))
    return root / "t.csv"


def parts(root: Path, change: int) -> Path:
    for name in ("train", "test"):
        (root / f"{name}.tsv").write_text("a\tb\n" + "".join(f"{i + change}\tw{i % 2}\n" for i in range(6)))
    return root


def parquet(root: Path, change: int) -> Path:
    pq.write_table(pa.table({"a": [1, 2, 3 + change], "b": ["x", "y", "x"]}), root / "t.parquet")
    return root / "t.parquet"


def json_lines(root: Path, change: int) -> Path:
    lines = "".join(json.dumps({"a": i + change, "b": "x"}) + "\n" for i in range(4))
    (root / "t.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return root / "t.jsonl.gz"


def npz(root: Path, change: int) -> Path:
    np.savez(root / "t.npz", x=np.arange(48.0).reshape(4, 3, 4) + change, y=np.arange(4))
    return root / "t.npz"


def npy(root: Path, change: int) -> Path:
    np.save(root / "t.npy", np.arange(12.0).reshape(4, 3) + change)
    return root / "t.npy"


def one_picture(root: Path, change: int) -> Path:
    picture(root / "one.png", 10 + change)
    return root / "one.png"


def arrays(root: Path, change: int) -> Any:
    return np.arange(12.0).reshape(4, 3) + change, np.array(["a", "b", "a", "b"])


def named_arrays(root: Path, change: int) -> Any:
    made = {f"{name}_{part}": np.arange(4) + change for name in "xy" for part in ("train", "test")}
    return {**made, "x_train": np.zeros((4, 2, 2)), "x_test": np.ones((4, 2, 2))}


def pandas(root: Path, change: int) -> Any:
    return pd.DataFrame({"a": [1.5, None, 3 + change], "b": ["x", "y", "x"]})


def polars(root: Path, change: int) -> Any:
    return pl.DataFrame({"a": [1.5, None, 3.0 + change], "b": ["x", "y", "x"]})


def arrow(root: Path, change: int) -> Any:
    return pa.table({"a": [1, 2, 3 + change], "b": pa.array(["x", "y", "x"]).dictionary_encode()})


def ts_parts(root: Path, change: int) -> Path:
    head = "@problemName waves\n@univariate false\n@dimensions 2\n@classLabel true a b\n@data\n"
    for part, n in (("TRAIN", 4), ("TEST", 2)):
        rows = "".join(f"{i + change},1,2:3,4,{i}:{'ab'[i % 2]}\n" for i in range(n))
        (root / f"waves_{part}.ts").write_text(head + rows)
    return root


def voc(root: Path, change: int) -> Path:
    for i in range(4):
        picture(root / "JPEGImages" / f"{i}.png", i * 30)
        box = f"<bndbox><xmin>{1 + change}</xmin><ymin>1</ymin><xmax>4</xmax><ymax>{3 + i % 2}</ymax></bndbox>"
        text = f"<annotation><object><name>cell{'  ' * change}</name>{box}</object></annotation>"
        (root / "Annotations").mkdir(exist_ok=True)
        (root / "Annotations" / f"{i}.xml").write_text(text)
    return root


def pairs(root: Path, change: int) -> Path:
    for i in range(4):
        picture(root / "images" / f"{i}.png", i * 30)
        (root / "masks").mkdir(exist_ok=True)
        Pictures.fromarray(np.full((5, 6), i % 2, np.uint8)).save(
            root / "masks" / f"{i}.png", compress_level=9 * change
        )
    return root


GIN = "2\n2 0\n0 1 1\n1 1 0\n3 {0}\n0 1 1\n0 2 0 2\n1 1 1\n"
TU = {
    "A": "1, 2\n2, 1\n3, 4\n4, 3\n",
    "graph_indicator": "1\n1\n2\n2\n",
    "graph_labels": "1\n{0}\n",
    "node_labels": "0\n1\n0\n0\n",
}


def gin_text(root: Path, change: int) -> Path:
    (root / "g.txt").write_text(GIN.format(1 + change))
    return root / "g.txt"


def gin_folds(root: Path, change: int) -> Path:
    (root / "folds").mkdir()
    (root / "folds" / "train_idx-1.txt").write_text("0\n")
    (root / "folds" / "test_idx-1.txt").write_text("1\n")
    return gin_text(root, 10 * change).parent


def tu_folder(root: Path, change: int) -> Path:
    for name, text in TU.items():
        (root / f"SET_{name}.txt").write_text(text.format(2 + 10 * change))
    return root


def node_folder(root: Path, change: int) -> Path:
    files = {"edge": "0,1\n1,2\n2,3\n", "node-feat": "1,0\n0,1\n1,1\n0,0\n", "node-label": "0\n1\n0\n1\n"}
    (root / "raw").mkdir()
    for name, text in files.items():
        (root / "raw" / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    (root / "split" / "public").mkdir(parents=True)
    for part, nodes in {"train": "0\n1\n", "valid": "2\n", "test": "3\n" + "\n" * change}.items():
        (root / "split" / "public" / f"{part}.csv").write_text(nodes)
    return root


def network(root: Path, change: int) -> Path:
    (root / "nodes.csv").write_text("node,club\na,x\nb,x\nc,y\nd,y\n")
    (root / "edges.csv").write_text("source,target\na,b\nb,c\nc,d\n" + "a,c\n" * change)
    return root


def links(root: Path, change: int) -> Path:
    (root / "edges.csv").write_text("source,target\na,b\nb,c\nc,d\n" + "a,c\n" * change)
    return root


def triples(root: Path, change: int) -> Path:
    rows = [f"{a}\tlikes\t{b}" for a, b in ("ab", "bc", "ca", "ad", "db", "cb")]
    (root / "train.txt").write_text("\n".join(rows) + "\n" + "b\tknows\ta\n" * change)
    (root / "test.txt").write_text("a\tlikes\tc\nd\tlikes\ta\nb\tlikes\td\nc\tlikes\td\n")
    return root


def tone(path: Path, pitch: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wave_file((np.sin(np.arange(int(800 + 99 * pitch)) * pitch) * 9000).astype(np.int16), 8000))


def one_sound(root: Path, change: int) -> Path:
    tone(root / "one.wav", 0.1 + change)
    return root / "one.wav"


def class_sounds(root: Path, change: int) -> Path:
    for i in range(4):
        tone(root / "sounds" / ("rain", "wind")[i % 2] / f"{i}.wav", 0.1 + i + change)
    return root / "sounds"


def spoken_digits(root: Path, change: int) -> Path:
    for i in range(16):
        tone(root / "spoken" / f"{i % 2}_ann_{i // 2}.wav", 0.1 + i + change)
    return root / "spoken"


def strings(root: Path, change: int) -> str:
    return f"strings:{spoken_digits(root, change)}"


def sentences(root: Path, change: int) -> Path:
    folder = root / "true"
    folder.mkdir(exist_ok=True)
    for word in ("dev", "test"):
        lines = []
        with zipfile.ZipFile(folder / f"{word}-images.zip", "w") as out:
            for i in range(6 + change):
                picture(root / "drawn.png", i * 20)
                out.write(root / "drawn.png", f"{word}-{i // 2}-{i % 2}-0.png")
                label, name = "true" if i % 2 else "false", f"{i // 2}-{i % 2}"
                row = {"sentence": f"there are {i}", "label": label, "identifier": name}
                lines.append(json.dumps(row))
        (folder / f"{word}.json").write_text("\n".join(lines) + "\n")
    return folder


def omniglot(root: Path, change: int) -> Path:
    folder = root / "omniglot"
    folder.mkdir(exist_ok=True)
    picture(root / "drawn.png", 20 + change)
    data = (root / "drawn.png").read_bytes()
    with zipfile.ZipFile(folder / "images_background_small1.zip", "w") as out:
        for i in range(6 + change):
            out.writestr(f"images_background_small1/Tagalog/character0{i % 2}/{i}.png", data)
    with zipfile.ZipFile(folder / "all_runs.zip", "w") as out:
        for i in (1, 2):
            out.writestr(f"run01/training/class0{i}.png", data)
            out.writestr(f"run01/test/item0{i}.png", data)
        lines = [f"run01/test/item0{i}.png run01/training/class0{3 - i}.png" for i in (1, 2)]
        out.writestr("run01/class_labels.txt", "\n".join(lines))
    return folder


def episode(root: Path, change: int) -> Path:
    for i in range(2 + change):
        picture(root / "asked" / "training" / f"class{i}.png", 20 * i)
        picture(root / "asked" / "test" / f"item{i}.png", 20 * i)
    return root / "asked"


def music(root: Path, change: int) -> Path:
    piece = [[60, 64], [], [62]]
    (root / "music.json").write_text(json.dumps({"train": [piece] * (4 + change), "test": [piece, piece[:1]]}))
    return root / "music.json"


def structures(root: Path, change: int) -> Path:
    for i in range(4):
        chain = Chain("MKVLAAGIVTAHDEWFY"[i:], helix(17 - i).astype(np.float32) * (1 + change))
        (root / f"{i}.pdb").write_bytes(chain.as_file()[1])
    return root


def one_structure(root: Path, change: int) -> Path:
    return structures(root, change) / "1.pdb"


def fasta(root: Path, change: int) -> Path:
    (root / "a.fasta").write_text(">one\nMKVLAAG\n>two\nMKWW" + "W" * change + "\n")
    return root / "a.fasta"


MAKERS: list[Callable[[Path, int], Any]] = [
    class_folders,
    archive,
    idx,
    csv,
    parts,
    parquet,
    json_lines,
    npz,
    npy,
    one_picture,
    one_sound,
    class_sounds,
    spoken_digits,
    strings,
    sentences,
    music,
    omniglot,
    episode,
    arrays,
    named_arrays,
    pandas,
    polars,
    arrow,
    ts_parts,
    voc,
    pairs,
    gin_text,
    gin_folds,
    tu_folder,
    node_folder,
    network,
    links,
    triples,
    structures,
    one_structure,
    fasta,
]


def environment(root: Path, change: int) -> Any:
    return "gym:CartPole-v1" if change else "gym:Acrobot-v1"


def game(root: Path, change: int) -> Any:
    return "spiel:connect_four(rows=4,columns=5)" if change else "spiel:tic_tac_toe"


MAKERS += [environment, game]
every = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


def rows_of(table: Table, rows: np.ndarray) -> list[list[Any]]:
    taken = [column.take(rows) for column in table.columns.values()]
    return [
        column.to_pylist() if hasattr(column, "to_pylist") else [np.asarray(v).tolist() for v in column]
        for column in taken
    ]


@every
def test_it_opens_without_a_finding(make, tmp_path):
    findings = Findings()
    table = open_source(make(tmp_path, 0), findings=findings)
    assert len(table) > 0
    assert not findings.errors
    assert not findings.asides


@every
def test_rows_have_names_of_their_own(make, tmp_path):
    table = open_source(make(tmp_path, 0))
    assert len({table.id_of(i) for i in range(len(table))}) == len(table)
    assert all(column.where(len(table) - 1) for column in table.columns.values())


@every
def test_it_can_be_taken_in_any_order(make, tmp_path):
    table = open_source(make(tmp_path, 0))
    forward, backward = np.arange(len(table)), np.arange(len(table))[::-1].copy()
    for there, back in zip(rows_of(table, forward), rows_of(table, backward), strict=True):
        assert there == back[::-1]


@every
def test_the_fingerprint_is_stable_and_changes_with_the_content(make, tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir(), after.mkdir()
    source = make(before, 0)
    first = open_source(source).fingerprint
    assert first == open_source(source).fingerprint
    assert len(first) >= 64
    assert first != open_source(make(after, 1)).fingerprint


@every
def test_its_facts_are_json(make, tmp_path):
    table = open_source(make(tmp_path, 0))
    assert json.loads(json.dumps(table.facts, allow_nan=False)) == table.facts
    assert table.facts["reader"]
    assert table.target in ("", *table.columns)


@pytest.mark.parametrize("name", BUILTIN)
def test_built_in_names_open_and_say_their_target(name):
    table = open_source(name)
    assert table.target in table.columns
    assert len(table) >= 150


def test_every_reader_is_described():
    assert all(text and "\n" not in text for text in SOURCES.values())


def test_an_unknown_name_is_met_with_the_nearest_known():
    with pytest.raises(SourceError, match="did you mean digits"):
        open_source("digit")


def test_an_unknown_path_is_met_with_its_nearest_sibling(tmp_path):
    csv(tmp_path, 0)
    with pytest.raises(SourceError, match=r"t\.csv"):
        open_source(tmp_path / "tt.csv")


def test_what_is_no_data_is_refused_by_its_type():
    with pytest.raises(SourceError, match="a set cannot be read"):
        open_source({1, 2})
