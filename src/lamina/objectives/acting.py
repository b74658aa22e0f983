"""What the games of one player in an environment share: how they are judged, and how they see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..kinds.episode import NOWHERE, Episode
from ..play.episodes import returns_of

SUMS = 3  # figures before the chances of actions: what was earned, episodes, steps


def starts_of(rows: Tensor) -> Iterator[int]:
    """The starts of rows (B, 1 + N), over and over."""
    return cycle([int(start) for start in rows[:, 0].tolist()])


def plain(net: Any, name: str, seen: Any) -> tuple[Tensor, Tensor]:
    """Logits (B, A) and worths (B,) of a net for what is seen, (B, N)."""
    x = torch.as_tensor(seen, dtype=torch.float32).to(next(net.parameters()).device)
    rows = torch.cat([torch.full_like(x[:, :1], NOWHERE), x], 1)
    found: tuple[Tensor, Tensor] = net.head.plain(net({name: rows}))
    return found


def greedy(net: Any, name: str) -> Callable[[Any], NDArray[np.int64]]:
    """A function from what is seen, (B, N), to the actions of most chance, (B,)."""

    def act(seen: Any) -> NDArray[np.int64]:
        with torch.no_grad():
            found: NDArray[np.int64] = plain(net, name, seen)[0].argmax(1).cpu().numpy()
        return found

    return act


def acted(kind: Episode, rows: Tensor, act: Callable[[Any], NDArray[np.int64]]) -> Tensor:
    """(B, 3) for rows (B, 1 + N) that are starts, of each an episode played to its end: what was earned, 1, the steps.
    Nothing for rows that are situations."""
    made = torch.zeros(len(rows), SUMS, dtype=torch.float64)
    starting = (rows[:, 0] != NOWHERE).cpu().numpy()
    if starting.any():
        total, steps = returns_of(kind.world, [int(x) for x in rows[:, 0][torch.from_numpy(starting)].tolist()], act)
        one = np.ones(len(total))
        made[torch.from_numpy(starting)] = torch.from_numpy(np.stack([total.astype(np.float64), one, steps], 1))
    return made
