"""What is usual for series, forecast and told apart, for music, and for proteins. Figures behind it: docs/tried.md."""

from __future__ import annotations

from ..kinds import Series
from ..kinds.notes import Notes
from ..kinds.protein import Protein
from ..kinds.structure import Structure
from .problem import Usual
from .recipe import HeadSettings, Optimizer, Schedule

SEQUENCES: tuple[Usual, ...] = (
    Usual(
        "a series to forecast of which something is known ahead: it reads that at each step to come",
        (Series,),
        (Series,),
        ("aligned",),
        "tide",
        Optimizer(name="adamw", rate=0.002, decay=0.0),
        Schedule(warmup=0.1),
        HeadSettings(drop=0.0),
        views=100_000,
        epochs=(5, 100),
        batch=(16, 64),
        beside=True,
    ),
    Usual(
        "a series to forecast",
        (Series,),
        (Series,),
        ("aligned",),
        "dlinear",
        Optimizer(name="adamw", rate=0.004, decay=0.0),
        Schedule(warmup=0.1),
        HeadSettings(drop=0.0),
        views=100_000,
        epochs=(5, 100),
        batch=(16, 64),
    ),
    Usual(
        "series",
        (Series,),
        (),
        ("aligned",),
        "tcn",
        Optimizer(name="adamw", rate=0.002, decay=0.05),
        Schedule(warmup=0.1),
        HeadSettings(drop=0.0),
        views=60_000,
        epochs=(20, 300),
        batch=(16, 64),
    ),
    Usual(
        "music",
        (Notes,),
        (Notes,),
        ("causal",),
        "lstm",
        Optimizer(name="adamw", rate=0.004, decay=0.05, beta2=0.98, clip_norm=1.0),
        Schedule(warmup=0.1),
        HeadSettings(drop=0.5),
        views=11_000,
        epochs=(20, 100),
        batch=(8, 32),
        plan={"width": 200, "depth": 1},
    ),
    Usual(
        "proteins to be folded",
        (Protein,),
        (Structure,),
        ("aligned",),
        "evoformer",
        Optimizer(name="muon", matrix_rate=0.05, rate=0.002, decay=0.01, clip_norm=1.0),
        Schedule(warmup=0.1),
        HeadSettings(drop=0.0),
        views=1_000,
        epochs=(5, 200),
        batch=(1, 4),
        average=(0.99, 0.99),
    ),
    Usual(
        "proteins",
        (Protein,),
        (),
        ("aligned",),
        "lstm",
        Optimizer(rate=0.003, decay=0.05, clip_norm=1.0),
        Schedule(warmup=0.1),
        HeadSettings(drop=0.2),
        views=30_000,
        epochs=(5, 40),
        batch=(16, 64),
    ),
)
