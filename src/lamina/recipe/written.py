"""What is usual where a text is written from a text."""

from __future__ import annotations

from ..kinds import Text
from ..kinds.span import Span
from .problem import Usual
from .recipe import HeadSettings, Optimizer, Schedule
from .texts import READ

# The inner matrices with Muon: after 200 steps what AdamW comes to after more than 300 (docs/tried.md).
MUON = Optimizer(name="muon", rate=0.003, matrix_rate=0.05, decay=0.01, beta2=0.98, clip_norm=1.0)

WRITTEN: tuple[Usual, ...] = (
    Usual(
        "translation",
        (Text,),
        (Text,),
        ("written",),
        "seq2seq",
        MUON,
        Schedule(name="cosine", warmup=0.1),
        HeadSettings(drop=0.0),
        views=350_000,
        epochs=(4, 60),
        batch=(16, 64),
        average=(0.99, 0.998),
        plan={"hidden": 512},
    ),
    Usual(
        "a text from its gaps",
        (Text,),
        (Text,),
        ("spans",),
        "t5",
        MUON,
        Schedule(name="cosine", warmup=0.1),
        HeadSettings(drop=0.0),
        views=200_000,
        epochs=(4, 60),
        batch=(16, 64),
        plan={"hidden": 512},
    ),
    Usual(
        "questions",
        (Text,),
        (Span,),
        ("aligned",),
        "lstm",
        READ,
        Schedule(warmup=0.1),
        HeadSettings(drop=0.3),
        views=10_000,
        epochs=(4, 20),
        batch=(16, 32),
        plan={"width": 96, "depth": 1, "drop": 0.3},
        others={"bert": {"width": 64, "depth": 2, "heads": 4, "drop": 0.2}},
    ),
)
