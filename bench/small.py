"""A small source of every sort of file and folder: for the exam of the readers, and for fuzzing them.

Each maker takes the folder and a number; with another number the content is another. Archives hold no time of day, so
the bytes are the same at every call.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image as Pictures

from lamina.evaluate.baselines.chains import helix
from lamina.kinds.sounds import wave_file
from lamina.kinds.structure import Chain


def picture(path: Path, shade: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Pictures.new("RGB", (6, 5), (shade, 255 - shade, shade // 2)).save(path)


def packed(data: bytes, level: int = 9) -> bytes:
    """Bytes as gzip packs them."""
    return gzip.compress(data, level, mtime=0)


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    """A zip of files by name."""
    with zipfile.ZipFile(path, "w") as out:
        for name, data in files.items():
            out.writestr(zipfile.ZipInfo(name), data)
    return path


def class_folders(root: Path, change: int) -> Path:
    for i in range(6):
        picture(root / "photos" / ("cat", "dog")[i % 2] / f"{i}.png", i * 20)
    if change:
        picture(root / "photos" / "cat" / "more.png", 200)
    return root / "photos"


def archive(root: Path, change: int) -> Path:
    files = sorted(class_folders(root, change).rglob("*.png"))
    return zipped(root / "photos.zip", {str(file.relative_to(root)): file.read_bytes() for file in files})


def idx(root: Path, change: int) -> Path:
    root.mkdir(exist_ok=True)
    for stem, n in (("train", 6), ("t10k", 3)):
        pixels = np.arange(n * 20, dtype=np.uint8).tobytes()
        images = bytes([0, 0, 8, 3]) + struct.pack(">3I", n, 4, 5) + pixels
        labels = bytes([0, 0, 8, 1]) + struct.pack(">I", n) + bytes(i % 2 for i in range(n))
        (root / f"{stem}-images-idx3-ubyte.gz").write_bytes(packed(images, 1 + change))
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
    (root / "t.jsonl.gz").write_bytes(packed(lines.encode()))
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
        (root / "raw" / f"{name}.csv.gz").write_bytes(packed(text.encode()))
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
        lines, pictures = [], {}
        for i in range(6 + change):
            picture(root / "drawn.png", i * 20)
            pictures[f"{word}-{i // 2}-{i % 2}-0.png"] = (root / "drawn.png").read_bytes()
            label, name = "true" if i % 2 else "false", f"{i // 2}-{i % 2}"
            row = {"sentence": f"there are {i}", "label": label, "identifier": name}
            lines.append(json.dumps(row))
        zipped(folder / f"{word}-images.zip", pictures)
        (folder / f"{word}.json").write_text("\n".join(lines) + "\n")
    return folder


def omniglot(root: Path, change: int) -> Path:
    folder = root / "omniglot"
    folder.mkdir(exist_ok=True)
    picture(root / "drawn.png", 20 + change)
    data = (root / "drawn.png").read_bytes()
    alphabet = "images_background_small1/Tagalog"
    many = {f"{alphabet}/character0{i % 2}/{i}.png": data for i in range(6 + change)}
    zipped(folder / "images_background_small1.zip", many)
    pairs = {f"run01/{name}0{i}.png": data for i in (1, 2) for name in ("training/class", "test/item")}
    lines = [f"run01/test/item0{i}.png run01/training/class0{3 - i}.png" for i in (1, 2)]
    zipped(folder / "all_runs.zip", {**pairs, "run01/class_labels.txt": "\n".join(lines).encode()})
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


def conllu(root: Path, change: int) -> Path:
    words = "".join(
        f"{i}\t{form}\t{form}\tNOUN" + "\t_" * 6 + "\n" for i, form in enumerate(["the", "dog", "barks"], 1)
    )
    (root / "t.conllu").write_text(f"# sent_id = one\n{words}\n# sent_id = two\n{words}\n" + f"{words}\n" * change)
    return root / "t.conllu"


def named_words(root: Path, change: int) -> Path:
    words = "the O\nKing B-PER\nof I-PER\nRome I-PER\n\nit O\nrains O\n\n"
    (root / "t.conll").write_text("-DOCSTART- O\n\n" + words * (2 + change))
    return root / "t.conll"


def questions(root: Path, change: int) -> Path:
    asked = {"id": "q", "question": "who barks?", "answers": [{"text": "dog", "answer_start": 4}]}
    paragraphs = [{"context": "the dog barks", "qas": [{**asked, "id": f"q{i}"} for i in range(2 + change)]}]
    (root / "t.json").write_text(json.dumps({"data": [{"title": "dogs", "paragraphs": paragraphs}]}))
    return root / "t.json"


def parts_in_json(root: Path, change: int) -> Path:
    rows = [[f"text number {i + change}", "ab"[i % 2]] for i in range(4)]
    (root / "t.json").write_text(json.dumps({"train": rows, "test": rows[:2]}))
    return root / "t.json"


def labelled_lines(root: Path, change: int) -> Path:
    (root / "t.txt").write_text("".join(f"{i % 2} a sentence of sort {'ab'[i % 2]}\n" for i in range(8 + change)))
    return root / "t.txt"


def corpus(root: Path, change: int) -> Path:
    (root / "t.txt").write_text("It was a dark and stormy night, said the captain\n" * (120 + change))
    return root / "t.txt"


def parallel_texts(root: Path, change: int) -> Path:
    for part in ("train", "test"):
        for language, word in (("de", "Hund"), ("en", "dog")):
            (root / f"{part}.{language}").write_text("".join(f"{word} {i + change}\n" for i in range(4)))
    return root


def sentences_in_parts(root: Path, change: int) -> Path:
    for part in ("train", "test"):
        conllu(root, change).rename(root / f"{part}.conllu")
    return root


def shard(root: Path, change: int) -> Path:
    picture(root / "drawn.png", 20 + change)
    data = (root / "drawn.png").read_bytes()
    (root / "drawn.png").unlink()
    with tarfile.open(root / "t.tar", "w") as out:
        for i in range(4):
            for name, held in (("png", data), ("cls", b"ab"[i % 2 : i % 2 + 1])):
                entry = tarfile.TarInfo(f"{i:04d}.{name}")
                entry.size = len(held)
                out.addfile(entry, io.BytesIO(held))
    return root / "t.tar"


def parquet_parts(root: Path, change: int) -> Path:
    for i in range(3):
        made = pa.table({"a": [i, 2, 3 + change], "b": ["x", "y", "x"]})
        pq.write_table(made, root / f"part-{i}.parquet")
    return root


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
    conllu,
    sentences_in_parts,
    named_words,
    questions,
    parts_in_json,
    labelled_lines,
    corpus,
    parallel_texts,
    shard,
    parquet_parts,
]
