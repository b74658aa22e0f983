"""The ways in of what is played, and what is usual for it. Figures behind it: docs/tried.md."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..kinds.episode import Episode
from ..kinds.match import Match, moves_of, rules_of
from .entry import Entry, Wanted
from .problem import Usual
from .recipe import HeadSettings, Optimizer, Schedule


class SituationEntry(Entry):
    """Starts and situations (B, 1 + N) -> what is seen, standardised (B, N)."""

    mean: Tensor
    std: Tensor

    def __init__(self, wanted: Wanted):
        super().__init__()
        kind: Episode = wanted.kind
        self.register_buffer("mean", torch.tensor(kind.mean), persistent=False)
        self.register_buffer("std", torch.tensor(kind.std), persistent=False)
        self.shape = (kind.width,)

    def forward(self, rows: Tensor) -> Tensor:
        return (rows[:, 1:].to(self.mean.dtype) - self.mean) / self.std


class PositionEntry(Entry):
    """Matches (B, 2 + M) as they are encoded -> planes (B, C, H, W); planes that a search has made stay as they are."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        kind: Match = wanted.kind
        self.world, self.shape = kind.world, kind.shape

    def forward(self, rows: Tensor) -> Tensor:
        if rows.is_floating_point():
            return rows
        rules = rules_of(self.world)
        made = [rules.planes(rules.after(moves_of(row))) for row in rows.cpu().numpy()]
        return torch.from_numpy(np.stack(made)).to(rows.device)


PLAYED: tuple[Usual, ...] = (
    Usual(
        "acting in an environment",
        (Episode,),
        (Episode,),
        ("acted",),
        "mlp",
        Optimizer(name="adam", rate=0.001, decay=0.0, beta2=0.999, clip_norm=0.5),
        Schedule(name="cosine", warmup=0.0, floor=0.1),
        HeadSettings(drop=0.0),
        views=13_000,
        epochs=(1, 50),
        batch=(64, 64),
        average=(0.0, 0.0),
        plan={"width": 64, "depth": 2, "drop": 0.0},
        games=("ppo",),
    ),
    Usual(
        "acting in an environment by worth",
        (Episode,),
        (Episode,),
        ("acted",),
        "mlp",
        Optimizer(name="adam", rate=0.001, decay=0.0, beta2=0.999, clip_norm=10.0),
        Schedule(name="cosine", warmup=0.0, floor=0.1),
        HeadSettings(drop=0.0),
        views=160_000,
        epochs=(1, 200),
        batch=(16, 16),
        average=(0.99, 0.99),
        plan={"width": 64, "depth": 2, "drop": 0.0},
        games=("dqn",),
    ),
    Usual(
        "games of two",
        (Match,),
        (Match,),
        ("played",),
        "alphazero",
        Optimizer(name="adamw", rate=0.003, decay=0.01, clip_norm=1.0),
        Schedule(name="cosine", warmup=0.02, floor=0.05),
        HeadSettings(drop=0.0),
        views=40_000,
        epochs=(1, 100),
        batch=(32, 32),
        average=(0.98, 0.98),
    ),
)
