"""What another process of a training is started for: `python -m lamina.flow.follower RANK WORLD PORT`."""

from __future__ import annotations

import os
import sys
import threading

from torch.distributed import TCPStore  # type: ignore[attr-defined]

from ..errors import LaminaError
from ..ranks import joined
from .team import LOCAL, follow


def main(words: list[str]) -> int:
    """Join the first process, which started this one, and play along; the exit code."""
    rank, world, port = map(int, words)
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    try:
        with joined(rank, world, TCPStore(LOCAL, port, world, False)) as ranks:
            follow(ranks)
    except LaminaError as error:
        print(error.what, file=sys.stderr)
        return error.exit_code
    return 0


def _end_with_the_first() -> None:
    """Wait at the pipe to the first process, which closes when that one ends, however it ends."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
