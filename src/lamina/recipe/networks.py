"""What is usual for graphs, their nodes and their links. Figures behind it: docs/tried.md."""

from __future__ import annotations

from ..kinds import Category, Graph, Molecule, Node, Relation
from .problem import Usual
from .recipe import HeadSettings, Optimizer, Schedule

NETWORKS: tuple[Usual, ...] = (
    Usual(
        "nodes of a graph",
        (Node,),
        (Category,),
        (),
        "gcn",
        Optimizer(name="adam", rate=0.01, decay=5e-4, beta2=0.999),
        Schedule(name="constant", warmup=0.0),
        HeadSettings(drop=0.0),
        views=1,
        epochs=(200, 200),
        batch=(4096, 4096),
    ),
    Usual(
        "links of a graph",
        (Relation,),
        (Node,),
        (),
        "complex",
        Optimizer(name="adam", rate=0.01, decay=0.0),
        Schedule(name="cosine", warmup=0.02),
        HeadSettings(drop=0.0),
        views=600_000,
        epochs=(20, 100),
        batch=(64, 256),
    ),
    Usual(
        "neighbours in a graph",
        (Node,),
        (Node,),
        (),
        "gcn",
        Optimizer(name="adam", rate=0.01, decay=5e-4),
        Schedule(name="cosine", warmup=0.05),
        HeadSettings(drop=0.0),
        views=1,
        epochs=(300, 300),
        batch=(4096, 4096),
    ),
    Usual(
        "molecules",
        (Molecule,),
        (),
        (),
        "mpnn",
        Optimizer(rate=0.004, decay=0.01, clip_norm=1.0),
        Schedule(name="cosine", warmup=0.05),
        HeadSettings(drop=0.0),
        views=36_000,
        epochs=(20, 60),
        batch=(32, 128),
    ),
    Usual(
        "graphs",
        (Graph,),
        (),
        (),
        "gin",
        Optimizer(rate=0.005, decay=0.01, clip_norm=1.0),
        Schedule(name="cosine", warmup=0.05),
        HeadSettings(drop=0.3),
        views=50_000,
        epochs=(20, 60),
        batch=(32, 128),
    ),
)
