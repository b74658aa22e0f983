"""Proof by size: sources larger than memory should hold are read, trained on and scored in bounded memory.

    python -m bench.proof_scale --rows 20000000 --pictures 1000000 --files 100000

A table in Parquet parts, pictures in tar shards and pictures in class folders are made in a temporary folder. `lamina
fit` is run on each, and its anonymous memory (what a process cannot give back; the pages of mapped files it can) is
read ten times a second. A run on the table is then stopped early in an epoch and late in it, and taken up again: how
long the first steps take must not depend on where. Prints one table; the exit code is 1 where a bound does not hold.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.proof import Promise

ROWS, PICTURES, FILES = 20_000_000, 1_000_000, 100_000
PART, SHARD = 1_000_000, 50_000  # rows of a file
BOUND = 1536 << 20  # anonymous bytes: libraries and 64 bytes for each of 20 million rows
BATCH = 8192
SIDE, CLASSES = 8, 10
CITIES = [f"city {i:02d}" for i in range(40)]


@dataclass
class Watched:
    """A run as seen from outside: its exit code, most anonymous bytes, seconds until training was under way (the first
    line of its log, or None) and in all, and what it said."""

    code: int
    peak: int
    first: float | None
    seconds: float
    said: str


def make_table(folder: Path, rows: int) -> None:
    """A table of six columns in parts: three numbers, a whole number, a text of few values, and the class that a
    crooked function of them gives."""
    folder.mkdir()
    for number, start in enumerate(range(0, rows, PART)):
        draw, n = np.random.default_rng(number), min(PART, rows - start)
        a, b = draw.normal(size=n).astype(np.float32), draw.normal(size=n).astype(np.float32)
        c, city = draw.gamma(2, size=n).astype(np.float32), draw.integers(0, len(CITIES), n)
        age = draw.integers(0, 100, n)
        level = np.sin(2 * a) + a * b + 0.02 * age * (city % 2) - c / 2 + draw.normal(size=n) / 3
        grade = np.digitize(level, [-1.0, 0.5])
        city_words = pa.DictionaryArray.from_arrays(pa.array(city.astype(np.int32)), pa.array(CITIES))
        grades = pa.DictionaryArray.from_arrays(pa.array(grade.astype(np.int32)), pa.array(["low", "middle", "high"]))
        part = pa.table({"a": a, "b": b, "c": c, "age": age, "city": city_words, "grade": grades})
        pq.write_table(part, folder / f"part-{number:05d}.parquet", row_group_size=PART // 4)


def pictures(count: int, seed: int) -> Iterator[tuple[int, bytes]]:
    """Classes and grey PNG files: noise with a bright column, or row, by class."""
    draw = np.random.default_rng(seed)
    classes = draw.integers(0, CLASSES, count)
    pixels = draw.integers(0, 160, (count, SIDE, SIDE), dtype=np.uint8)
    at = np.arange(count)
    upright, place = classes < CLASSES // 2, classes % (CLASSES // 2)
    pixels[at[upright], :, place[upright]] += 90
    pixels[at[~upright], place[~upright], :] += 90
    lines = np.zeros((count, SIDE, SIDE + 1), np.uint8)  # each line of a PNG begins with the number of its filter
    lines[:, :, 1:] = pixels
    head = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0))
    stored = b"\x78\x01\x01" + struct.pack("<HH", SIDE * (SIDE + 1), 0xFFFF ^ (SIDE * (SIDE + 1)))
    end = _chunk(b"IEND", b"")
    for label, raw in zip(classes.tolist(), lines.reshape(count, -1), strict=True):
        data = raw.tobytes()
        yield label, head + _chunk(b"IDAT", stored + data + struct.pack(">I", zlib.adler32(data))) + end


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def make_shards(folder: Path, count: int) -> None:
    """Pictures in tar files, each under the folder of its class."""
    folder.mkdir()
    for number, start in enumerate(range(0, count, SHARD)):
        with open(folder / f"shard-{number:05d}.tar", "wb") as file:
            for i, (label, data) in enumerate(pictures(min(SHARD, count - start), number), start):
                head = bytearray(512)
                name = b"class-%d/%07d.png" % (label, i)
                head[: len(name)] = name
                head[100:108], head[108:116], head[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
                head[124:136], head[136:148], head[148:156] = b"%011o\0" % len(data), b"%011o\0" % 0, b" " * 8
                head[156:157], head[257:265] = b"0", b"ustar\x0000"
                head[148:156] = b"%06o\0 " % sum(head)
                file.write(bytes(head) + data.ljust(-(-len(data) // 512) * 512, b"\0"))
            file.write(bytes(1024))


def make_files(folder: Path, count: int) -> None:
    """Pictures as single files in class folders."""
    for label in range(CLASSES):
        (folder / f"class-{label}").mkdir(parents=True)
    for i, (label, data) in enumerate(pictures(count, 1)):
        (folder / f"class-{label}/{i:07d}.png").write_bytes(data)


def watch(words: list[str], run: Path, until: int | None = None) -> Watched:
    """Run the command and look at it from outside; with `until`, ask it to stop when its log has come to that step."""
    log, began = run / "log.jsonl", time.monotonic()
    before = log.stat().st_size if log.exists() else 0
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([sys.executable, "-m", "lamina", *words], stdout=out, stderr=subprocess.STDOUT)
        peak, first, stopped = 0, None, False
        while process.poll() is None:
            peak = max(peak, _anonymous(process.pid))
            if first is None and log.exists() and log.stat().st_size > before:
                first = time.monotonic() - began
            if until is not None and not stopped and first is not None and _step(log) >= until:
                process.send_signal(signal.SIGTERM)
                stopped = True
            time.sleep(0.1)
        out.seek(0)
        return Watched(process.returncode, peak, first, time.monotonic() - began, out.read()[-2000:])


def _anonymous(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("RssAnon")), 0)


def _step(log: Path) -> int:
    lines = log.read_bytes().splitlines()
    return int(json.loads(lines[-1])["step"]) if lines else 0


@dataclass(frozen=True)
class Sizes:
    """Rows of the table, pictures in shards and single files."""

    rows: int = ROWS
    pictures: int = PICTURES
    files: int = FILES


def of_table(folder: Path, rows: int) -> Iterator[Promise]:
    """A table in parts: trained on for most of an epoch, stopped early in it and late, then scored."""
    make_table(folder / "table", rows)
    batch, run = max(64, BATCH * rows // ROWS), folder / "of-table"
    late = int(0.7 * rows / batch)
    asked = ["fit", str(folder / "table"), "--out", str(run), "--model", "mlp", "--plan", "default"]
    asked += ["--set", "model.width=32", "--set", f"train.batch={batch}", "--steps", str(late + 200)]
    begun = watch(asked, run, until=200)
    early = watch(["fit", str(run), "--resume"], run, until=late)
    ended = watch(["fit", str(run), "--resume"], run)
    yield _bounded(f"{rows:,} table rows in Parquet parts", run, (begun, early, ended), (75, 75, 0))
    times = [part.first if part.first is not None else float("inf") for part in (early, ended)]
    slow = times[1] > 1.5 * times[0] + 2
    yield Promise(
        f"{rows:,} table rows: a resumed run is under way as soon late in an epoch as early",
        2,
        int(slow),
        sum(part.seconds for part in (early, ended)),
        (f"a line of the log after {times[0]:.1f} s at step 200, {times[1]:.1f} s at step {late:,}",),
    )
    shutil.rmtree(run)
    shutil.rmtree(folder / "table")


def of_pictures(folder: Path, make: Callable[[Path, int], None], count: int, said: str) -> Iterator[Promise]:
    """Pictures: read, trained on for 200 steps and scored."""
    make(folder / "pictures", count)
    run = folder / "of-pictures"
    asked = ["fit", str(folder / "pictures"), "--out", str(run), "--model", "mlp", "--plan", "default"]
    done = watch([*asked, "--steps", "200"], run)
    yield _bounded(f"{count:,} pictures {said}", run, (done,), (0,))
    shutil.rmtree(run)
    shutil.rmtree(folder / "pictures")


def _bounded(what: str, run: Path, parts: tuple[Watched, ...], codes: tuple[int, ...]) -> Promise:
    """Whether all parts of a run ended as they should and none held more memory than the bound."""
    peak = max(part.peak for part in parts)
    why = [f"{peak >> 20:,} MiB at most; under way after {parts[0].first or 0:.0f} s"]
    kept = run / "environment.json"
    if kept.exists():
        why.append(
            ", ".join(f"{stage} {took:.0f} s" for stage, took in json.loads(kept.read_bytes())["seconds"].items())
        )
    wrong = [part for part, code in zip(parts, codes, strict=True) if part.code != code]
    why += [f"exit code {part.code}: {part.said[-400:]}" for part in wrong]
    failures = len(wrong) + sum(part.peak > BOUND for part in parts)
    says = f"{what}: trained on and scored within {BOUND >> 20:,} MiB"
    return Promise(says, len(parts), failures, sum(part.seconds for part in parts), tuple(why))


def prove(folder: Path, sizes: Sizes) -> Iterator[Promise]:
    """Every promise, on sources made in a folder, each deleted when it was proved."""
    yield from of_table(folder, sizes.rows)
    yield from of_pictures(folder, make_shards, sizes.pictures, "in tar shards")
    yield from of_pictures(folder, make_files, sizes.files, "in single files")


def promises(quick: bool) -> Iterator[Promise]:
    """Sources larger than memory should hold are read, trained on and scored in bounded memory; quick: a hundredth."""
    part = 100 if quick else 1
    with tempfile.TemporaryDirectory() as folder:
        yield from prove(Path(folder), Sizes(ROWS // part, PICTURES // part, FILES // part))


def main() -> int:
    """The command."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rows", type=int, default=ROWS)
    words.add_argument("--pictures", type=int, default=PICTURES)
    words.add_argument("--files", type=int, default=FILES)
    words.add_argument("--folder", default=None, help="where the sources are made: 4 GB for all of it")
    given = words.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for promise in prove(Path(folder), Sizes(given.rows, given.pictures, given.files)):
            print(f"{promise.says}\n  {'FAILED' if promise.failures else 'holds'}, {promise.seconds:.0f} s", flush=True)
            print("".join(f"    {line}\n" for line in promise.why), end="", flush=True)
            failed += promise.failures
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
