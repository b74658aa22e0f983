"""What simple models reach on the same rows, so that a deep one has something to be better than."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from ...kinds import Category, Graph, Kind, Molecule, Node, Schema, Series, Text
from ...metrics import key_of
from ...objectives import Objective
from .alike import nearest_pixels
from .answers import spans
from .bags import bags
from .chains import homologs
from .columns import of_columns
from .dense import grids, interpolation, thresholds
from .graphs import beside, counted, ends
from .notes import frequencies
from .pairs import words_from_pixels
from .pictures import class_pictures, components, independent_pixels
from .played import actors, players
from .series import ahead, nearest
from .spoken import spoken
from .task import Baseline, Task
from .translated import translated
from .views import alike_pixels
from .words import frequency, ngrams, usual_label, written_runs

Fit = Callable[[Task, float | None], list[Baseline]]


# An input that stands alone -> the baselines of its classes and numbers; all others have those of columns.
ALONE: tuple[tuple[type[Kind], type[Kind], Fit], ...] = (
    (Series, Category, nearest),
    (Graph, Kind, counted),
    (Molecule, Kind, counted),
    (Node, Category, beside),
)


def by_input(task: Task, seconds: float | None) -> list[Baseline]:
    """The baselines of classes and numbers, by what they are found from."""
    if any(isinstance(slot.kind, Text) for slot in task.slots):
        return bags(task, seconds)
    for given, answered, fit in ALONE:
        if len(task.slots) == 1 and isinstance(task.slots[0].kind, given) and isinstance(task.kind, answered):
            return fit(task, seconds)
    return of_columns(task, seconds)


# What is learned, as the table of scores knows it -> its baselines, the plainest first.
BASELINES: dict[str, Fit] = {
    "Category": by_input,
    "Number": by_input,
    "Tags": of_columns,
    "Alike:alike": nearest_pixels,
    "Each": usual_label,
    "Entities": usual_label,
    "Mask": thresholds,
    "Boxes": grids,
    "Photo": interpolation,
    "Node": ends,
    "Series": ahead,
    "Text:causal": ngrams,
    "Text:masked": frequency,
    "Image:same": components,
    "Image:bound": independent_pixels,
    "Image:made": class_pictures,
    "Image:views": alike_pixels,
    "Notes:causal": frequencies,
    "Text:paired": words_from_pixels,
    "Text:ctc": spoken,
    "Span": spans,
    "Text:written": translated,
    "Text:spans": written_runs,
    "Episode:acted": actors,
    "Match:played": players,
    "Structure": homologs,
}


def fit_baselines(
    schema: Schema,
    inputs: Mapping[str, Any],
    target: Any,
    seconds: float | None,
    seed: int,
    context: Mapping[str, NDArray[Any]] | None = None,
    code: int = 0,
    game: Objective | None = None,
) -> list[Baseline]:
    """The baselines of a problem, fitted on encoded training rows within about `seconds` together; without seconds a
    fixed rule of work decides. None where the table has none. `code`: numbers of the net's code, where it has one;
    `game`: what it is scored by, where a column is learned from itself."""
    fit = BASELINES.get(key_of(schema.target.kind, schema.target.link))
    task = Task(schema, inputs, target, seed, context=context or {}, code=code, game=game)
    return fit(task, seconds) if fit else []


__all__ = ["BASELINES", "Baseline", "Task", "fit_baselines"]
