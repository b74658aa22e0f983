"""Several processes for one training: started here on one machine, or by torchrun on one or many.

The first reads, plans, judges, scores, writes and speaks. The others need the run directory alone: they are told where
it is, open its decoded rows, play their share of every step and end. They start when training does, and end with it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torch.distributed import TCPStore  # type: ignore[attr-defined]

from ..errors import RunError
from ..ranks import Ranks, joined
from ..run import RunDirectory
from ..teller import Quiet
from .learn import Learning
from .prepare import decoded
from .request import request_from_json

LOCAL = "127.0.0.1"  # also where a follower looks for the first
LEAVE = 20.0  # seconds that the others have to end once training has


def called(run: RunDirectory, ranks: Ranks) -> None:
    """Tell the others, who wait for it, where the run is."""
    ranks.say(str(run.path.resolve()))


@contextmanager
def together(run: RunDirectory, ranks: Ranks, asked: int) -> Iterator[Ranks]:
    """The processes of a training: those that torchrun started, or so many as are asked for, started now.

    Raises RunError naming one that ended before its time.
    """
    if ranks.many or asked <= 1:
        called(run, ranks)
        yield ranks
        return
    store = TCPStore(LOCAL, 0, asked, True, wait_for_workers=False)
    with tempfile.TemporaryDirectory() as folder:
        said = [Path(folder) / str(rank) for rank in range(1, asked)]
        others = [_start(rank, asked, store.port, file) for rank, file in enumerate(said, 1)]
        try:
            with joined(0, asked, store) as made:
                called(run, made)
                yield made
            for other in others:
                other.wait(LEAVE)
        except RunError:
            for rank, (other, file) in enumerate(zip(others, said, strict=True), 1):
                if other.poll():
                    raise _ended(rank, asked, other.returncode, file.read_text(errors="replace")) from None
            raise
        finally:
            for other in others:
                other.kill()
                other.communicate()


def _start(rank: int, world: int, port: int, said: Path) -> subprocess.Popen[bytes]:
    """Start another process. It holds the other end of a pipe, and ends when this one does, however that comes."""
    words = [sys.executable, "-m", "lamina.flow.follower", str(rank), str(world), str(port)]
    with said.open("wb") as errors:
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)


def _ended(rank: int, world: int, code: int, said: str) -> RunError:
    last = (said.strip().splitlines() or ["it said nothing"])[-1]
    how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return RunError(
        f"process {rank} of {world} {how}: {last}",
        expected="all processes of a run, from its beginning to its end",
        fix="--resume goes on from the last checkpoint, with as many processes as are asked for",
    )


def follow(ranks: Ranks) -> Path:
    """Play this process's share of the training that the first leads; the run's directory. Raises what `fit` raises."""
    run = RunDirectory.open(ranks.say())
    if not run.has("weights.safetensors"):
        learning = Learning(request_from_json(run.request), run, decoded(run), Quiet())
        recipe = learning.recipe()
        net, batches = learning.net(recipe), learning.batches(recipe)
        learning.train(recipe, net, learning.kept_plan(), batches, 0.0, ranks)
    return run.path
