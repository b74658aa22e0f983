"""Train anything that plays by turns."""

from .judge import ValidationJudge
from .loop import fit
from .measure import cores, measure, time_plan
from .mover import Mover
from .plan import Plan, default_plan, expected_seconds, work_of
from .recompute import blocks
from .session import Progress, Session
from .stall import Stall
from .stop import stopping

__all__ = [
    "Mover",
    "Plan",
    "Progress",
    "Session",
    "Stall",
    "ValidationJudge",
    "blocks",
    "cores",
    "default_plan",
    "expected_seconds",
    "fit",
    "measure",
    "stopping",
    "time_plan",
    "work_of",
]
