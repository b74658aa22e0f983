"""What is fuzzed: every reader of files, settings, checkpoints, a run's files and requests, each with small inputs.

An input is one file with bytes changed; of a source of several files its first byte says which file it is. A target
may refuse it, with an error that is the user's to mend, or take it. Anything else is a failure: another error, a
second of the processor, or memory without bound.
"""

from __future__ import annotations

import functools
import hashlib
import io
import resource
import signal
import struct
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from PIL import Image as Pictures

from bench.small import MAKERS, class_folders, class_sounds, packed, strings
from lamina.config import change, overlay, parse_json, read_file
from lamina.data.locked import load_locked, save_locked
from lamina.data.sources import open_source
from lamina.errors import LaminaError
from lamina.files import arrays_bytes, json_bytes, seal, sha256, unseal
from lamina.findings import Findings
from lamina.flow.refuse import read_plan
from lamina.flow.request import request_from_json
from lamina.kinds import (
    Audio,
    Category,
    Field,
    Graph,
    Image,
    Kind,
    Node,
    Number,
    Schema,
    Series,
    Tags,
    Text,
    kind_from_words,
    schema_from_json,
)
from lamina.kinds.features import Features
from lamina.kinds.image import PictureError, size_of
from lamina.kinds.mask import Mask
from lamina.kinds.notes import Notes
from lamina.predict import Answer
from lamina.predict.doubts import match, take
from lamina.recipe import Recipe, recipe_from_json
from lamina.report import render
from lamina.run import RunDirectory
from lamina.run.log import Log
from lamina.run.tensors import from_bytes, to_bytes
from lamina.serve.answer import JSON, Model, Sent
from lamina.serve.base import Limits
from lamina.weights.pickled import read_pickled
from lamina.weights.taken import take as take_tensors

SECONDS = 1.0  # of the processor, that one input may take
MEMORY = 2 << 30  # bytes that one input may make
FILES = 12  # of a folder that are changed
ROWS = np.arange(4)


class TooLong(BaseException):
    """One input took more than its second. No `except Exception` on the way takes it for an error of the input."""


@dataclass(frozen=True)
class Target:
    """One reader: inputs to begin from, and what is done with an input."""

    name: str
    seeds: tuple[bytes, ...]
    take: Callable[[bytes], Any]


def outcome(target: Target, data: bytes) -> BaseException | None:
    """What is wrong with how a target meets an input: an error that is no refusal, or None."""
    try:
        with bounded():
            target.take(data)
    except LaminaError:
        return None
    except (Exception, TooLong) as error:
        return error
    return None


@contextmanager
def bounded() -> Iterator[None]:
    """Raise TooLong once the block has taken its second of the processor, MemoryError where it wants too much."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise TooLong(f"more than {SECONDS:g} s of the processor")

    before = signal.signal(signal.SIGPROF, stop)
    limits = resource.getrlimit(resource.RLIMIT_AS)
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, limits[1]))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_AS, limits)


# --- sources ----------------------------------------------------------------------------------------------------------


def of_source(make: Callable[[Path, int], Any], folder: Path) -> Target:
    """The reader of a source: one of its files is changed, all of it is opened and a few rows are taken."""
    source = make(folder, 0)
    found = str(source).partition(":")
    root = Path(found[2] or found[0])
    files = sorted(path for path in root.rglob("*") if path.is_file())[:FILES] if root.is_dir() else [root]
    whole = [path.read_bytes() for path in files]

    def take(data: bytes) -> None:
        number = data[0] % len(files) if data and len(files) > 1 else 0
        files[number].write_bytes(data[1:] if len(files) > 1 else data)
        try:
            opened(source)
        finally:
            files[number].write_bytes(whole[number])

    seeds = whole if len(files) == 1 else [bytes([i]) + data for i, data in enumerate(whole)]
    return Target(make.__name__, tuple(seeds), take)


def opened(source: Any) -> None:
    """Open a source and take its first rows; pictures and sounds are decoded."""
    table = open_source(source, findings=Findings())
    rows = ROWS[len(table) > ROWS]
    for column in table.columns.values():
        values = column.take(rows)
        if column.holds == "files":
            pictures(values)
        for row in rows.tolist():
            column.where(row)
            table.id_of(row)


def pictures(values: list[bytes]) -> None:
    """Files as pictures, as masks and as sounds: what cannot be used has a reason each."""
    Image(height=8, width=8, channels=3).encode(values)
    for data in values:
        with suppress(PictureError):
            size_of(data)
    Mask(height=8, width=8, values=(0, 1)).encode(values)
    Audio(rate=8_000, seconds=1.0).encode(values)


def photo() -> bytes:
    """A JPEG as a camera writes it: far larger than is wanted, and with notes of how it was held."""
    picture, out = Pictures.new("RGB", (96, 64), "teal"), io.BytesIO()
    exif = picture.getexif()
    exif[0x0112], exif[0x011A], exif[0x010F] = 6, 72.0, "a camera"  # turn, resolution, maker
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def decoded(name: str, make: Callable[[Path, int], Path], more: tuple[bytes, ...], folder: Path) -> Target:
    """Files by their bytes alone, those of a source and more."""
    seeds = (path.read_bytes() for path in sorted(make(folder, 0).rglob("*.*"))[:2])
    return Target(name, (*seeds, *more), lambda data: pictures([data]))


# --- settings ---------------------------------------------------------------------------------------------------------


def of_text(take: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """A reader of text, with bytes that are none left out."""
    return lambda data: take(data.decode("utf-8", "ignore"))


def of_file(folder: Path, name: str, take: Callable[[Path], Any]) -> Callable[[bytes], Any]:
    """A reader of a file."""

    def taken(data: bytes) -> None:
        (folder / name).write_bytes(data)
        take(folder / name)

    return taken


def settings(folder: Path) -> Iterator[Target]:
    """Settings files, --set, --kind, and plans."""
    yaml = b"seed: 3\noptimizer:\n  rate: 1e-3\nmodel: {name: mlp, width: 64}\nbudget:\n  epochs: 2\n"
    plain = json_bytes({"seed": 3, "train": {"batch": 16}, "augment": {"flip": True}})
    yield Target(
        "settings",
        (yaml, plain),
        of_file(folder, "settings.yaml", lambda path: overlay(Recipe(), read_file(path))),
    )
    words = (b"optimizer.rate=0.01", b"model.width=64", b"data.parts=1/2/3", b"seed=3\ntrain.batch=16")
    yield Target("set", words, of_text(lambda text: change(Recipe(), text.split("\n"))))
    kinds = (b"Category", b"Number(cast=percent)", b"Image(side=72)", b"Mask(values=1)")
    yield Target("kind", kinds, of_text(kind_from_words))
    plan = json_bytes({"device": "cpu", "threads": 1})
    yield Target("plan", (plan,), of_file(folder, "plan.json", lambda path: read_plan(str(path))))


def checkpoints(folder: Path) -> Iterator[Target]:
    """Checkpoints of torch, as a zip and as a bare pickle."""
    held = {"state_dict": {"module.a": torch.ones(5, 3), "module.b": torch.arange(4)}, "epoch": 3, "rest": [1, "two"]}
    seeds = []
    for zipped in (True, False):
        out = io.BytesIO()
        torch.save(held, out, _use_new_zipfile_serialization=zipped)
        seeds.append(out.getvalue())

    def taken(path: Path) -> None:
        loaded, size = read_pickled(path)
        take_tensors(loaded, "", path, size)

    yield Target("checkpoint", tuple(seeds), of_file(folder, "w.pt", taken))


# --- the files of a run -----------------------------------------------------------------------------------------------


def of_json(take: Callable[[Any], Any]) -> Callable[[bytes], Any]:
    """A reader of what stands in a JSON file of a run, whose hash says that it is whole."""
    return lambda data: take(parse_json(data, "file.json"))


SCHEMA = {"fields": [{"name": "a", "role": "input", "reason": "", "kind": "Number"}], "left_out": {"b": "constant"}}
REPORTED: Mapping[str, Any] = {
    "scores.json": {"main": "accuracy", "better": "higher", "test": {"accuracy": {"value": 0.9, "low": 0.8}}},
    "data.json": {"name": "digits", "rows": 9, "parts": {"train": 5}, "warnings": [{"code": "a", "text": "b"}]},
    "schema.json": {**SCHEMA, "summaries": {"a": "0 to 9"}},
    "exhibits/exhibits.json": {"mistakes": [{"truth": "a", "answer": "b", "picture": "exhibits/0.png"}], "plates": []},
}


def run_files(folder: Path) -> Iterator[Target]:
    """Each file of a run with its reader: bytes that its hash would refuse, and contents that it would not."""
    manifest = seal({"format": 1, "files": {"a.json": {"size": 2, "sha256": sha256(b"{}")}}})
    yield Target("manifest", (manifest,), lambda data: unseal(data, "manifest.json", 1))
    yield Target("manifest, whole", (manifest,), functools.partial(_listed, folder))
    schema = json_bytes(SCHEMA)
    yield Target("schema", (schema,), of_json(schema_from_json))
    yield Target("recipe", (json_bytes({"seed": 1, "model": {"name": "mlp"}}),), of_json(recipe_from_json))
    yield Target("request", (json_bytes({"source": "digits", "kinds": {"a": "Number"}}),), of_json(request_from_json))
    lines = b'{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.25}\n'
    yield Target("log", (lines,), of_file(folder, "log.jsonl", lambda path: Log(path).lines()))
    yield Target("split", (arrays_bytes({"train": ROWS, "test": ROWS}),), functools.partial(_arrays, folder))
    tensors = to_bytes({"a.weight": _ones(3, 2), "b": _ones(4)})
    yield Target("weights", (tensors,), lambda data: from_bytes(data, "weights.safetensors"))
    table = open_source(_made(folder, class_folders), findings=Findings())
    locked, _ = save_locked(replace(table, fingerprint="of no file"), ROWS)
    assert locked is not None
    yield Target("locked rows", (locked,), load_locked)
    for name in REPORTED:
        yield Target(f"report of {name}", (json_bytes(REPORTED[name]),), functools.partial(_reported, name))


def _listed(folder: Path, data: bytes) -> None:
    """A manifest that is sealed well and lists what it likes, opened and every file read."""
    values = parse_json(data, "manifest.json")
    plain = {k: v for k, v in values.items() if k != "sha256"} if isinstance(values, dict) else {}
    run = folder / "run"
    run.mkdir(exist_ok=True)
    (run / "a.json").write_bytes(b"{}")
    (run / "manifest.json").write_bytes(seal(plain))
    opened_run = RunDirectory.open(run)
    for name in opened_run.files():
        opened_run.has(name)
        opened_run.read_json(name)


def _arrays(folder: Path, data: bytes) -> None:
    """The arrays of a run whose manifest lists them as they are."""
    run = folder / "arrays"
    run.mkdir(exist_ok=True)
    (run / "split.npz").write_bytes(data)
    listed = {"split.npz": {"size": len(data), "sha256": sha256(data)}}
    (run / "manifest.json").write_bytes(seal({"format": 1, "files": listed}))
    RunDirectory.open(run).read_arrays("split.npz")


def _reported(name: str, data: bytes) -> None:
    """The page of a run, one of whose files holds something else."""
    render(_Held({**{known: json_bytes(value) for known, value in REPORTED.items()}, name: data}))


@dataclass(frozen=True)
class _Held:
    """A run whose files are held in memory."""

    files: Mapping[str, bytes]

    def has(self, name: str) -> bool:
        return name in self.files

    def read_json(self, name: str) -> Any:
        return parse_json(self.files[name], name)

    def read_bytes(self, name: str) -> bytes:
        return self.files[name]


def _ones(*shape: int) -> Any:
    import torch

    return torch.ones(*shape)


def _made(folder: Path, make: Callable[[Path, int], Path]) -> Path:
    (folder / "rows").mkdir(exist_ok=True)
    return make(folder / "rows", 0)


# --- requests of a server ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """What a server asks of rows, and in place of a net the kinds of its columns."""

    schema: Schema
    files: Mapping[str, Any] = field(default_factory=dict)
    forecast: None = None
    heading: str = "answer"

    def answer(self, table: Any) -> list[Answer]:
        rows = np.arange(len(table))
        match(table, self.schema)
        columns, bad = take(table, self.schema.inputs, rows)
        for slot in self.schema.slots():
            if slot.role == "input":
                encoded = slot.encode(columns, rows)
                slot.fields[0].kind.collate(encoded.array)
                bad.update(encoded.bad)
        return [Answer(table.id_of(row), problem=bad.get(row, "")) for row in rows.tolist()]


NUMBER, COLOUR = Number(mean=40.0, std=9.0, low=18.0, high=90.0), Category(("green", "red"), (5, 4))
WORDS = Text(vocab=("", "<unknown>", "<start>", "<end>", "<mask>", "a", "cat"), length=6)
GRAPH = Graph(nodes=Features(((0, 1), ()), (0.0, 1.0), (1.0, 2.0)))
LINES = Series(channels=("1", "2"), mean=(0.0, 1.0), std=(1.0, 2.0), shortest=3, longest=3)
ASKED: dict[str, tuple[Kind, ...]] = {
    "request of a table": (NUMBER, COLOUR, Number(cast="percent"), Tags(("a", "b")), WORDS),
    "request of graphs and series": (GRAPH, LINES, Node(("a", "b")), Notes()),
    "request of pictures": (Image(height=8, width=8, channels=1),),
    "request of sounds": (Audio(rate=8_000, seconds=0.1, mean=(0.0,) * 40, std=(1.0,) * 40),),
}


def requests() -> Iterator[Target]:
    """Bodies for a server, as JSON, packed, and as the bytes of a file."""
    for name, kinds in ASKED.items():
        inputs = (Field(f"c{i}", kind, "input") for i, kind in enumerate(kinds))
        model = Model.of(_Asked(Schema((*inputs, Field("y", Category(("a", "b")), "target")))))
        seed = json_bytes(model.example(), indent=None)
        yield Target(name, (seed, json_bytes({"rows": 2 * model.example()["rows"]})), functools.partial(_sent, model))
        if name == "request of a table":
            yield Target("request, packed", (packed(seed),), lambda data, model=model: _sent(model, data, gzip=True))
        if name == "request of pictures":
            sent = lambda data, model=model: _sent(model, data, "image/png")  # noqa: E731
            yield Target("request, a file", (photo(),), sent)


def _sent(model: Model, data: bytes, media: str = JSON, gzip: bool = False) -> None:
    """One request answered with JSON, or refused."""
    parse_json(model.answer(data, Sent(media, gzip), Limits(body=1 << 16, rows=8)), "the answer")


# --- all of them ------------------------------------------------------------------------------------------------------


def makers() -> dict[str, Callable[[Path], Target]]:
    """Every target by name, each made in a folder of its own; strings are read from thousands of spoken digits."""
    made: dict[str, Callable[[Path], Target]] = {
        make.__name__: functools.partial(of_source, make) for make in MAKERS if make is not strings
    }
    made["picture by its bytes"] = functools.partial(decoded, "picture by its bytes", class_folders, (photo(),))
    made["sound by its bytes"] = functools.partial(decoded, "sound by its bytes", class_sounds, ())
    with tempfile.TemporaryDirectory() as folder:
        others = [target.name for every in (settings, checkpoints, run_files) for target in every(Path(folder))]
    asked = {target.name: functools.partial(_request, target.name) for target in requests()}
    return made | {name: functools.partial(_one, name) for name in others} | asked


def _one(name: str, folder: Path) -> Target:
    return next(t for every in (settings, checkpoints, run_files) for t in every(folder) if t.name == name)


def _request(name: str, folder: Path) -> Target:
    del folder
    return next(target for target in requests() if target.name == name)


def named(data: bytes) -> str:
    """A name for an input that failed."""
    return hashlib.sha256(data).hexdigest()[:16]


def changed(data: bytes, draw: np.random.Generator) -> bytes:
    """Bytes with one to four changes: a bit, a byte, a stretch cut, doubled or moved, an end lost, a number odd."""
    out = bytearray(data)
    for _ in range(int(draw.integers(1, 5))):
        size = len(out)
        a, b = sorted(int(x) for x in draw.integers(0, size + 1, 2))
        match int(draw.integers(0, 8)):
            case 0 if size:
                out[min(a, size - 1)] ^= 1 << int(draw.integers(0, 8))
            case 1 if size:
                out[min(a, size - 1)] = int(draw.integers(0, 256))
            case 2:
                del out[a:b]
            case 3:
                out[a:a] = out[a:b][:64] * int(draw.integers(1, 9))
            case 4:
                del out[a:]
            case 5:
                out[a:a] = bytes(draw.choice(ODD))
            case 6:
                out[a : a + 4] = struct.pack("<I", int(draw.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 20])))
            case _:
                out[a:a] = bytes(draw.integers(0, 256, 4, np.uint8))
    return bytes(out)


ODD = np.array(
    [
        b"-1",
        b"1e999",
        b"nan",
        b"\n\n",
        b"\t",
        b",",
        b'"',
        b"\xff\xfe",
        b"99999999999999999999",
        b"[[[[",
        b"null",
        b"{}",
    ],
    dtype=object,
)
