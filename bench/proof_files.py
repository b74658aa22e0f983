"""Proof of what is kept on disk: kills inside a save, damage to every file, disks that are full or fail.

    python -m bench.proof files

A library in C (`failing.c`) makes single operations fail or kills the process at them; it needs gcc. The disk that is
really full is a small tmpfs, mounted in a name space of its own (`unshare`).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.proof import Promise
from bench.writing import OF, again, write
from lamina.errors import LaminaError
from lamina.flow.disk import Disk
from lamina.run import RunDirectory
from lamina.teller import Quiet

HERE = Path(__file__).parent
MEMORY = Path("/dev/shm")  # no trial cuts the power, so none needs a disk that turns
ROOM = 400  # KiB of the small disk
RESUME, OLDER, NEWEST = "resume/", "resume/b/", "resume/a/manifest.json"  # of an odd number of saves


def promises(quick: bool) -> Iterator[Promise]:
    """What is killed, damaged or refused in the middle of a write loses nothing."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as name:
        folder = Path(name)
        try:
            library = compiled(folder)
        except (OSError, subprocess.CalledProcessError) as error:
            yield Promise("a disk that fails (needs gcc)", 1, 1, 0, (str(error),))
        else:
            yield under(library, folder, "kills", 50 if quick else 500)
            yield under(library, folder, "fails", 10 if quick else 1)
            yield under(library, folder, "limit", 1000 if quick else 150)
            yield small_disk(library, folder, 8000 if quick else 1000)
        yield mutated(folder / "mutated", 1000 if quick else 10_000, 0)


def compiled(folder: Path) -> Path:
    """The library that makes a disk fail."""
    made = folder / "failing.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", HERE / "failing.c", "-o", made, "-ldl"], check=True)
    return made


def under(library: Path, folder: Path, what: str, number: int, before: tuple[str, ...] = ()) -> Promise:
    """One promise of `bench.failing`, in a process that has the library."""
    words = [*before, sys.executable, "-m", "bench.failing", what, str(folder), str(number)]
    settings = {**os.environ, "LD_PRELOAD": str(library), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, env=settings, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return Promise(f"{what}: could not be tried", 1, 1, 0)
    row = json.loads(done.stdout)
    return Promise(**{**row, "why": tuple(row["why"])})


def small_disk(library: Path, folder: Path, step: int) -> Promise:
    """The promise of a disk that is really full."""
    place = folder / "disk"
    place.mkdir()
    mount = f'mount -t tmpfs -o size={ROOM}k none {place} && exec "$@"'
    before = ("unshare", "-rm", "sh", "-c", mount, "sh")
    if subprocess.run([*before, "true"], capture_output=True).returncode:
        return Promise("a disk that is really full (not tried: no tmpfs may be mounted here)", 0, 0, 0)
    return under(library, place, "room", step, before)


def mutated(folder: Path, trials: int, seed: int) -> Promise:
    """Damage a file of a run in one of five ways: nothing of it is taken for sound, and the file is named."""
    began, draw, wrong = time.monotonic(), random.Random(seed), []
    for name, rounds in (("one", 3), ("other", 5)):
        (folder / name).mkdir(parents=True)
        write(folder / name, rounds)
    run, other = folder / "one" / "run", folder / "other" / "run"
    files = {str(p.relative_to(run)): p.read_bytes() for p in sorted(run.rglob("*")) if p.is_file()}
    for _ in range(trials):
        name = draw.choice([*files, *(n for n in files if n.startswith(RESUME))])
        how, data = harmed(draw, files[name], files, name, other)
        (run / name).write_bytes(data)
        if name.startswith(OLDER):  # it is read where there is no newer one
            (run / NEWEST).unlink()
        said = " ".join(refusals(run, name))
        named = str(Path(name).parent) if how == "mix" and name.startswith(RESUME) else name
        if not said or (named not in said and name != "manifest.json"):
            wrong.append(f"{name}, {how}: {said or 'in silence'}")
        elif name.endswith("tensors.safetensors") and how == "flip" and within(files[name], data):
            wrong += [] if 'tensor "' in said else [f"{name}, {how}: no tensor is named"]
        for mended in (name, NEWEST):
            (run / mended).write_bytes(files[mended])
    wrong += again(folder / "one", 3)
    says = "a damaged file of a run is named, and never taken for sound"
    return Promise(says, trials, len(wrong), time.monotonic() - began, tuple(wrong))


def harmed(draw: random.Random, data: bytes, files: dict[str, bytes], name: str, other: Path) -> tuple[str, bytes]:
    """One way of damage, and what the file holds afterwards: never what it held before."""
    while True:
        made, how = bytearray(data), draw.choice(["flip", "zero", "cut", "swap", "mix"])
        at, size = draw.randrange(len(made)), draw.randrange(1, 64)
        if how == "flip":
            made[at] ^= 1 << draw.randrange(8)
        elif how == "zero":
            made[at : at + size] = bytes(len(made[at : at + size]))
        elif how == "cut":
            del made[at:]
        elif how == "swap":
            to = draw.randrange(len(made))
            one, two = made[at : at + size], made[to : to + size]
            made[at : at + len(two)], made[to : to + len(one)] = two, one
        else:
            twin = name.replace("/a/", "/b/") if "/a/" in name else name.replace("/b/", "/a/")
            made = bytearray(draw.choice([files[twin], (other / name).read_bytes()]))
            how = "mix"
        same = made.startswith(data) if name == "log.jsonl" else made == data  # a longer log is cut to what was saved
        if not same:
            return how, bytes(made)


def refusals(run: Path, name: str) -> list[str]:
    """All that is said when a run is opened and the file is read; nothing where it is taken for sound."""
    told = Quiet()
    try:
        opened = RunDirectory.open(run)
        Disk(opened, told, OF).load()
        for listed in opened.files() if name == "manifest.json" else [name]:
            if not name.startswith(RESUME) and name != "log.jsonl":
                opened.read_bytes(listed)
    except LaminaError as error:
        return [*told.lines, str(error)]
    return told.lines


def within(before: bytes, after: bytes) -> bool:
    """Whether what differs in a file of tensors lies in the tensors, behind the header."""
    start = 8 + int.from_bytes(before[:8], "little")
    return before[:start] == after[:start]
