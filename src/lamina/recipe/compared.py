"""What is usual where rows are learned by comparing them: classes told by examples."""

from __future__ import annotations

from ..kinds import Alike, Image, Text
from .problem import Usual
from .recipe import HeadSettings, Optimizer, Schedule

COMPARED: tuple[Usual, ...] = (
    Usual(
        "classes told by examples",
        (Image,),
        (Alike,),
        ("alike",),
        "cnn",
        Optimizer(rate=0.002, decay=0.05),
        Schedule(warmup=0.05),
        HeadSettings(drop=0.0),
        views=150_000,
        epochs=(10, 100),
        batch=(256, 256),
    ),
    Usual(
        "pictures and what is said of them",
        (Image,),
        (Text,),
        ("paired",),
        "cnn",
        Optimizer(rate=0.002, decay=0.05, clip_norm=1.0),
        Schedule(warmup=0.1),
        HeadSettings(drop=0.1),
        views=60_000,
        epochs=(10, 60),
        batch=(32, 128),
        plan={"width": 16},
    ),
    Usual(
        "pictures known again",
        (Image,),
        (Image,),
        ("views",),
        "cnn",
        Optimizer(name="muon", matrix_rate=0.05),
        Schedule(name="cosine", warmup=0.05),
        HeadSettings(drop=0.0),
        views=300_000,
        epochs=(5, 300),
        batch=(64, 256),
    ),
)
