"""Which changes of augmentation which columns can bear, in one table; what is asked for beside it is refused."""

from __future__ import annotations

from ..errors import PlanError
from ..kinds import Audio, Category, Image, Kind, Number, Schema, Text
from ..kinds.boxes import Boxes
from ..kinds.mask import Mask
from ..kinds.photo import Photo
from ..kinds.structure import Structure
from .augment import Augment

MIXED = ("mixup", "cutmix")
BOXED = ("flip", "upside", "turn", "zoom", "crop", "colour", "erase")

# An answer that lies in its input, and moves with it.
ANSWERS: dict[type[Kind], tuple[str, ...]] = {
    Mask: (*BOXED, "rotate"),
    Boxes: BOXED,
    Photo: ("patch",),
    Structure: ("stretch",),
}
# An input that changes alone, where the answer does not lie in it.
INPUTS: dict[type[Kind], tuple[str, ...]] = {
    Image: ("flip", "crop", "rotate", "zoom", "colour", "erase"),
    Audio: ("speed", "gain", "delay", "hide"),
    Text: ("forget",),
}


def borne(schema: Schema) -> tuple[str, ...]:
    """The names of the changes, but for mixing, that the columns of a schema can bear."""
    together = ANSWERS.get(type(schema.target.kind))
    if together is not None:
        return together
    return tuple(dict.fromkeys(name for f in schema.inputs for name in INPUTS.get(type(f.kind), ())))


def check_augment(augment: Augment, schema: Schema) -> None:
    """Raises PlanError for a change that no column can bear, and where rows are to be mixed whose columns cannot be."""
    able = borne(schema)
    idle = [name for name, value in vars(augment).items() if value and name not in (*able, *MIXED)]
    if idle:
        fields = (schema.target, *schema.inputs) if type(schema.target.kind) in ANSWERS else schema.inputs
        said = ", ".join(f'"{f.name}" ({type(f.kind).__name__})' for f in fields[:5])
        raise PlanError(
            f"augment.{idle[0]} changes nothing of {said or 'rows without an input'}",
            expected=f"of these: {', '.join(f'augment.{name}' for name in able)}" if able else "no augmentation here",
            fix=f"leave {' and '.join(f'augment.{name}' for name in idle)} out",
        )
    if not augment.mixup and not augment.cutmix:
        return
    can = (Image,) if augment.cutmix else (Image, Number)
    wrong = [f for f in schema.inputs if not isinstance(f.kind, can)]
    if not isinstance(schema.target.kind, Category):
        wrong.append(schema.target)
    if wrong:
        word = "cutmix" if augment.cutmix else "mixup"
        raise PlanError(
            f'{word} cannot mix the {wrong[0].role} "{wrong[0].name}", a {type(wrong[0].kind).__name__}',
            expected="pictures as inputs and a Category as target",
            fix=f"--set augment.{word}=0",
        )
