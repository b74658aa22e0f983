"""What is usual for sounds: told apart and written down. Figures behind it: docs/tried.md."""

from __future__ import annotations

from ..kinds import Audio, Text
from .problem import Usual
from .recipe import HeadSettings, Optimizer, Schedule

HEARD: tuple[Usual, ...] = (
    Usual(
        "speech",
        (Audio,),
        (Text,),
        ("ctc",),
        "convrnn",
        Optimizer(rate=0.003, decay=0.01, clip_norm=1.0),
        Schedule(name="cosine", warmup=0.1),
        HeadSettings(drop=0.1),
        views=28_000,
        epochs=(4, 60),
        batch=(16, 32),
        average=(0.99, 0.99),
        plan={"stride": 4},
    ),
    Usual(
        "sounds",
        (Audio,),
        (),
        (),
        "cnn",
        Optimizer(name="muon"),
        Schedule(warmup=0.2),
        HeadSettings(drop=0.2),
        views=25_000,
        epochs=(5, 40),
        batch=(16, 64),
        plan={"width": 16},
    ),
)
