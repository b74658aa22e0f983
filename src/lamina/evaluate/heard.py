"""What a report shows of sounds: how they look, with what was said of them or heard in them."""

from __future__ import annotations

import numpy as np
from PIL import Image as Pictures

from ..kinds import Category
from ..kinds.sounds import SoundError
from .score import decoded_truth
from .shown import ROWS, Item, Plate, Shown

LOOKS = "Time runs to the right, high tones stand above. Up to six with mistakes come first, then some by chance."


def transcribed(shown: Shown) -> list[Plate]:
    """Spectrograms with what is said and what was heard."""
    return _spectrograms(shown, "Sounds and what was heard", ("said", "heard"), list(shown.truth.values))


def classed(shown: Shown) -> list[Plate]:
    """Spectrograms with their class and the one that was answered; nothing of sounds that have no class."""
    kind = shown.schema.target.kind
    if not isinstance(kind, Category):
        return []
    return _spectrograms(shown, "Sounds and their classes", ("is", "answered"), decoded_truth(kind, shown.truth))


def _spectrograms(shown: Shown, title: str, names: tuple[str, str], truth: list[object]) -> list[Plate]:
    source = shown.schema.inputs[0]
    wrong = [at for at in range(len(truth)) if shown.values[at] != truth[at]]
    items = []
    for at in list(dict.fromkeys([*wrong[: ROWS // 2], *shown.some().tolist()]))[:ROWS]:
        row = int(shown.truth.rows[at])
        try:
            picture = source.kind.show(shown.table.column(source.name).take(np.array([row]))[0])
        except SoundError:
            continue
        texts = ((names[0], str(truth[at])), (names[1], str(shown.values[at])))
        items.append(Item(shown.table.id_of(row), picture if isinstance(picture, Pictures.Image) else None, texts))
    return [Plate(title, tuple(items), LOOKS)]
