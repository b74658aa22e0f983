"""What is usual for a problem: one row a pair of kinds, the first that fits. Figures behind it: docs/tried.md."""

from __future__ import annotations

from ..kinds import Audio, Category, Graph, Image, Molecule, Number, Schema, Series, Tags, Text
from .compared import COMPARED
from .heard import HEARD
from .made import MADE
from .networks import NETWORKS
from .played import PLAYED
from .problem import Usual
from .recipe import HeadSettings, Optimizer, Schedule
from .seen import SEEN
from .sequences import SEQUENCES
from .texts import TEXTS
from .written import WRITTEN

FUSED = (
    Usual(
        "inputs of several kinds",
        (Image, Text, Audio, Series, Graph, Molecule),
        (Category, Number, Tags),
        ("aligned",),
        "fuse",
        Optimizer(rate=0.002, decay=0.05, clip_norm=1.0),
        Schedule(warmup=0.1),
        HeadSettings(drop=0.2),
        views=30_000,
        epochs=(5, 40),
        batch=(16, 64),
        beside=True,
    ),
)

TAUGHT = (
    Usual(
        "what a teacher says of pictures",
        (Image,),
        (Category,),
        (),
        "cnn",
        Optimizer(name="muon"),
        Schedule(warmup=0.2),
        HeadSettings(drop=0.0),
        views=600_000,
        epochs=(10, 60),
        batch=(16, 64),
        few_drop=0.2,
        games=("distil",),
        as_they_are=True,
    ),
)

PLAIN = (
    Usual(
        "pictures",
        (Image,),
        (),
        (),
        "cnn",
        Optimizer(name="muon"),
        Schedule(warmup=0.2),
        HeadSettings(smoothing=0.1, drop=0.0),
        views=600_000,
        epochs=(10, 60),
        few_drop=0.2,
    ),
    Usual(
        "tables",
        (),
        (),
        (),
        "mlp",
        Optimizer(rate=0.001, decay=0.01, clip_norm=1.0),
        Schedule(name="cosine", warmup=0.05),
        HeadSettings(drop=0.0),
        views=600_000,
        epochs=(10, 100),
    ),
)

USUAL: tuple[Usual, ...] = (
    *COMPARED,
    *FUSED,
    *HEARD,
    *MADE,
    *TEXTS,
    *SEQUENCES,
    *SEEN,
    *WRITTEN,
    *NETWORKS,
    *PLAYED,
    *TAUGHT,
    *PLAIN,
)


def usual_for(schema: Schema, objective: str = "") -> Usual:
    """The first row that fits."""
    return next(row for row in USUAL if row.fits(schema, objective))
