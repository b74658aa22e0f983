"""Changes that are asked for: each changes a batch where the table says that its columns bear it, and is refused
elsewhere."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from lamina.data.augment import Augment, augmented
from lamina.data.borne import MIXED, borne, check_augment
from lamina.data.together import moves_together, together
from lamina.errors import PlanError
from lamina.forms import Batch
from lamina.kinds import Audio, Boxes, Category, Field, Image, Mask, Number, Photo, Protein, Schema, Structure, Text
from lamina.kinds.audio import Sounds
from lamina.kinds.photo import Photos

ASKED = Augment(0.5, 3, 40.0, 0.3, 0.5, 0.5, 0.5, 8, 0.5, 0.0, 0.0, 5, 0.5, 0.3, 6.0, 0.1, 2)
ROWS, SIDE = 16, 32
PIXELS = torch.randint(0, 256, (ROWS, 3, SIDE, SIDE), dtype=torch.uint8)
MEAN = {"mean": (0.5,) * 3, "std": (0.2,) * 3}
IMAGE, LABEL = Image(height=SIDE, width=SIDE, channels=3, **MEAN), Category(labels=("a", "b"))
CLASSES = torch.arange(ROWS) % 2
IDS = torch.randint(1, 20, (ROWS, 12))
LOUD = Sounds(torch.randint(-9000, 9000, (ROWS, 4000), dtype=torch.int16), torch.full((ROWS,), 4000))
EDGES = torch.tensor([[1.0, 6, 8, 20, 24]]).expand(ROWS, 1, 5)

CASES = {
    "a picture": (IMAGE, PIXELS, LABEL, CLASSES),
    "a sound": (Audio(rate=8000), LOUD, LABEL, CLASSES),
    "a text": (Text(), IDS, LABEL, CLASSES),
    "a mask": (IMAGE, PIXELS, Mask(height=SIDE, width=SIDE, values=(0, 1)), PIXELS[:, 0] // 128),
    "boxes": (IMAGE, PIXELS, Boxes(height=SIDE, width=SIDE, labels=("a", "b")), EDGES),
    "a photo": (Photo(channels=3, **MEAN), Photos(tuple(PIXELS)), Photo(channels=3, **MEAN), Photos(tuple(PIXELS))),
    "a chain": (Protein(), IDS, Structure(), IDS[..., None].float()),
}


def flat(batch: Batch) -> list[torch.Tensor]:
    """Every tensor of a batch."""
    made = [*batch.inputs.values(), *batch.targets.values()]
    parts = [vars(x).values() if dataclasses.is_dataclass(x) else [x] for x in made]
    return [x for some in parts for x in some if isinstance(x, torch.Tensor)]


@pytest.mark.parametrize("case", CASES)
def test_a_change_that_is_asked_for_changes_something_or_is_refused(case):
    kind, given, answer, truth = CASES[case]
    schema = Schema((Field("x", kind, "input"), Field("y", answer, "target")))
    batch = Batch({"x": given}, {"y": truth}, torch.arange(ROWS), 1)
    change = together if moves_together(schema) else augmented
    plain = flat(change(batch, Augment(), schema, 0, 0))
    for name in {f.name for f in dataclasses.fields(Augment)} - set(MIXED):
        asked = Augment(**{name: getattr(ASKED, name)})
        made = flat(change(batch, asked, schema, 0, 0))
        same = len(made) == len(plain) and all(map(torch.equal, made, plain))
        assert same != (name in borne(schema)), name
        if same:
            with pytest.raises(PlanError, match=rf"augment\.{name} changes nothing of") as caught:
                check_augment(asked, schema)
            assert f"augment.{borne(schema)[0]}" in caught.value.expected
        else:
            check_augment(asked, schema)


def test_where_nothing_is_augmented_that_is_said():
    schema = Schema((Field("n", Number(), "input"), Field("y", LABEL, "target")))
    with pytest.raises(PlanError, match=r'augment\.flip changes nothing of "n" \(Number\)') as caught:
        check_augment(Augment(flip=0.5, speed=0.1), schema)
    assert caught.value.fix == "leave augment.flip and augment.speed out"
    check_augment(Augment(mixup=0.2), schema)
