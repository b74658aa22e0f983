"""What a row of the table of usual settings says of a problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..kinds import Kind, Link, Schema
from .recipe import HeadSettings, Optimizer, Schedule, Setting


@dataclass(frozen=True)
class Usual:
    """How a problem is trained unless asked otherwise. It fits a schema with an input of one of `inputs`, a target of
    one of `targets` and a link of `links`; empty ones fit all.

    `views` of training rows are aimed at, in `epochs` (least, most); a batch is about a twentieth of the rows, within
    `batch` (least, most). `average` is for many rows, where weights are averaged over a longer time.
    """

    says: str
    inputs: tuple[type[Kind], ...]
    targets: tuple[type[Kind], ...]
    links: tuple[Link, ...]
    model: str
    optimizer: Optimizer
    schedule: Schedule
    head: HeadSettings
    views: int
    epochs: tuple[int, int]
    batch: tuple[int, int] = (16, 256)
    average: tuple[float, float] = (0.99, 0.998)  # for few rows, for many
    few_drop: float | None = None  # of the head, where rows are few
    plan: Mapping[str, Setting] = field(default_factory=dict)  # settings of the model, where they are not its own
    others: Mapping[str, Mapping[str, Setting]] = field(default_factory=dict)  # the same for other models, by name
    trained: Mapping[str, Optimizer] = field(default_factory=dict)  # other models that want another optimiser
    games: tuple[str, ...] = ()  # objectives it is for; all where it names none
    as_they_are: bool = False  # many rows are not augmented
    beside: bool = False  # only where other inputs stand beside those of `inputs`

    def fits(self, schema: Schema, objective: str = "") -> bool:
        """Whether this is the problem of a schema, played as an objective."""
        target = next((f for f in schema.fields if f.role == "target"), None)
        if target is None:
            return False
        given = not self.inputs or any(isinstance(f.kind, self.inputs) for f in schema.inputs)
        asked = not self.targets or isinstance(target.kind, self.targets)
        played = not self.games or objective in self.games
        if self.beside and sum(slot.role == "input" for slot in schema.slots()) < 2:
            return False
        return given and asked and played and (not self.links or target.link in self.links)
