"""Proof by breaking: each deliberate breakage of the code is seen by a test that is named for it.

    python -m bench.proof mutations

The sources are copied; in the copy one text after the other (`bench/mutations.py`) takes the place of another, and the
tests named beside it are run. A breakage that no test sees is a failure, and so is one whose text is no longer there.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.mutations import MUTATIONS, Mutation
from bench.proof import Promise

ROOT = Path(__file__).parents[1]
SAW, PASSED = 1, 0  # pytest's exit codes
SLOW = ("pytest", "torch", "torch._dynamo", "scipy", "sklearn")  # imported once, before any of our own


def promises(quick: bool) -> Iterator[Promise]:
    """Every breakage, or every tenth."""
    began, chosen = time.monotonic(), MUTATIONS[:: 10 if quick else 1]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
        words = [sys.executable, "-m", "bench.proof_mutations", folder, *(mutation.name for mutation in chosen)]
        made = subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(source)}, capture_output=True)
    lines = made.stdout.decode().splitlines()
    why = json.loads(lines[-1]) if lines else [made.stderr.decode()[-500:]]
    yield Promise(
        "a deliberate breakage is seen by a test", len(chosen), len(why), time.monotonic() - began, tuple(why)
    )


def unseen(folder: Path, chosen: Sequence[Mutation]) -> Iterator[str]:
    """What went wrong: breakages that no test saw, and tests that fail though nothing is broken."""
    tests = sorted({test for mutation in chosen for test in mutation.tests})
    code, said = run(folder, [test for test in tests if not any(test.startswith(f"{other}::") for other in tests)])
    if code != PASSED:
        yield f"the tests fail though nothing is broken: {said}"
        return
    for mutation in chosen:
        place = folder / "src" / "lamina" / mutation.file
        whole = place.read_text()
        if whole.count(mutation.old) != 1:
            yield f"{mutation.name}: its text is {whole.count(mutation.old)} times in {mutation.file}"
            continue
        place.write_text(whole.replace(mutation.old, mutation.new))
        code, said = run(folder, mutation.tests)
        place.write_text(whole)
        if code != SAW:
            yield f"{mutation.name}: " + ("no test saw it" if code == PASSED else f"it does not run: {said}")


def run(folder: Path, tests: Sequence[str]) -> tuple[int, str]:
    """The exit code of pytest on the copy, and its last line; it runs in a fork, which has torch and no lamina yet."""
    import pytest

    words = ["-x", "-p", "no:cacheprovider", *(f"tests/{test}" for test in tests)]
    child = os.fork()
    if not child:
        heard = os.open(folder / "heard", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(heard, 1)
        os.dup2(heard, 2)
        code = pytest.main(words)
        sys.stdout.flush()
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, (folder / "heard").read_text().strip().rpartition("\n")[2]


def main(words: Sequence[str]) -> int:
    """Break in a folder with a copy, by name, and print what went wrong as one line of JSON."""
    for name in SLOW:
        importlib.import_module(name)
    folder, names = Path(words[0]), set(words[1:])
    why = []
    for wrong in unseen(folder, [mutation for mutation in MUTATIONS if mutation.name in names]):
        print(wrong, file=sys.stderr)
        why.append(wrong)
    print(json.dumps(why))
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
