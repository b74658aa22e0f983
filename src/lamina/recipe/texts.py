"""What is usual for Text: tagged, written on, filled in, told apart. Figures behind it: docs/tried.md."""

from __future__ import annotations

from ..kinds import Category, Each, Text
from .problem import Usual
from .recipe import HeadSettings, Optimizer, Schedule, Setting

READ = Optimizer(name="adamw", rate=0.002, decay=0.05, beta2=0.98, clip_norm=1.0)
STACKED = Optimizer(name="adamw", rate=0.001, decay=0.05, beta2=0.98, clip_norm=1.0)
SMALL_STACK: dict[str, Setting] = {"width": 64, "depth": 1, "heads": 4, "hidden": 128, "drop": 0.3}
SMALL_BERT: dict[str, Setting] = {"width": 128, "depth": 2, "heads": 4, "drop": 0.2}

TEXTS: tuple[Usual, ...] = (
    Usual(
        "tagging",
        (Text,),
        (Each,),
        ("aligned",),
        "lstm",
        READ,
        Schedule(warmup=0.1),
        HeadSettings(drop=0.3),
        views=50_000,
        epochs=(8, 40),
        batch=(16, 64),
        plan={"width": 128, "depth": 1},
    ),
    Usual(
        "a corpus",
        (Text,),
        (Text,),
        ("causal",),
        "gpt",
        Optimizer(name="muon", matrix_rate=0.02, decay=0.4, clip_norm=1.0),  # a text is read again and again
        Schedule(name="cosine", warmup=0.05),
        HeadSettings(drop=0.0),
        views=60_000,
        epochs=(2, 60),
        batch=(16, 16),
        plan={"width": 192, "drop": 0.0, "places": "turned"},
    ),
    Usual(
        "hidden words",
        (Text,),
        (Text,),
        ("masked",),
        "bert",
        READ,
        Schedule(name="cosine", warmup=0.1),
        HeadSettings(drop=0.1),
        views=70_000,
        epochs=(10, 60),
        batch=(16, 64),
    ),
    Usual(
        "text",
        (Text,),
        (Category,),
        ("aligned",),
        "lstm",
        Optimizer(name="muon", clip_norm=1.0),
        Schedule(warmup=0.1),
        HeadSettings(drop=0.5, smoothing=0.1),
        views=110_000,
        epochs=(5, 30),
        batch=(16, 64),
        plan={"width": 128, "depth": 1},
        others={"transformer": SMALL_STACK, "bert": SMALL_BERT},
        trained={"transformer": STACKED, "bert": STACKED},
    ),
)
