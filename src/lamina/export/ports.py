"""What goes into an exported net and what comes out of it: arrays with names, and what their numbers mean.

Two tables say what can be exported: PORTS by the kind of an input, ANSWERS by the kind of the target and its link. What
has no row in them is no graph of arrays, and `refuse` says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import PlanError
from ..kinds import Audio, Category, Each, Image, Kind, Link, Number, Schema, Series, Slot, Tags, Text
from ..kinds.alike import Alike
from ..kinds.audio import Sounds
from ..kinds.mask import Mask

Axis = int | str  # so many, or the name of an axis of any length


@dataclass(frozen=True)
class Port:
    """An array that is given, rows first. `slot` is where the net looks for it; `part` which part of it, where a slot
    holds several arrays. `how` says how raw values become its numbers, `most` how long its free axis may be."""

    name: str
    slot: Slot
    dtype: torch.dtype
    axes: tuple[Axis, ...]
    how: str
    part: str = ""
    most: int = 0


@dataclass(frozen=True)
class Answer:
    """An array that is answered. Numbers in the user's units are what the net decodes, times `scale` plus `shift`;
    `labels` names the places of its last axis, or the whole numbers in it."""

    name: str
    how: str
    labels: tuple[Any, ...] = ()
    shift: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()


def _numbers(slot: Slot, name: str) -> Iterator[Port]:
    how = "one for each column: (value - mean) / std, each from the column below; NaN where there is no value"
    yield Port(name, slot, torch.float32, ("rows", len(slot.fields)), how)


def _codes(slot: Slot, name: str) -> Iterator[Port]:
    how = "one for each column: the place of the value in its labels, counted from 0; -1 for none, or one not listed"
    yield Port(name, slot, torch.int64, ("rows", len(slot.fields)), how)


def _pixels(slot: Slot, name: str) -> Iterator[Port]:
    kind: Any = slot.kind
    colours = "red, green, blue" if kind.channels == 3 else "grey"
    how = f"bytes from 0 (black) to 255 (white), {colours}, the picture upright and resized (bicubic) to this size"
    yield Port(name, slot, torch.uint8, ("rows", kind.channels, kind.height, kind.width), how)


def _tokens(slot: Slot, name: str) -> Iterator[Port]:
    kind: Any = slot.kind
    cut = {
        "words": 'a token for each match of "\\w+|[^\\w\\s]"',
        "characters": "a token for each character",
        "pieces": "byte pairs, joined in the order of `merges` (the library tokenizers)",
    }[kind.by]
    lower = ", of the text in lower case" if kind.lower and kind.by != "characters" else ""
    how = (
        f"{cut}{lower}; each as its place in `vocab`, counted from 0, 1 where it is not in it; at most {kind.length}, "
    )
    yield Port(name, slot, torch.int64, ("rows", f"{name}_length"), f"{how}then 0 to the longest row", most=kind.length)


def _steps(slot: Slot, name: str) -> Iterator[Port]:
    kind: Any = slot.kind
    how = "steps by channels, each (value - mean) / std of its channel"
    if kind.shortest == kind.longest:
        yield Port(name, slot, torch.float32, ("rows", kind.longest, len(kind.channels)), how)
        return
    axes = ("rows", f"{name}_length", len(kind.channels))
    yield Port(name, slot, torch.float32, axes, f"{how}; NaN after the end of a row", most=kind.longest)


def _samples(slot: Slot, name: str) -> Iterator[Port]:
    kind: Any = slot.kind
    how = f"samples of one channel, whole numbers of 16 bits, {kind.rate:,} a second; 0 after the end of a row"
    axes = ("rows", f"{name}_length")
    yield Port(name, slot, torch.int32, axes, how, "samples", kind.most)
    yield Port(f"{name}_lengths", slot, torch.int64, ("rows",), "how many samples each row has", "lengths")


# The kind of an input -> the arrays that it is given as.
PORTS: dict[type[Kind], Callable[[Slot, str], Iterator[Port]]] = {
    Number: _numbers,
    Category: _codes,
    Image: _pixels,
    Text: _tokens,
    Series: _steps,
    Audio: _samples,
}


def _chances(kind: Any) -> tuple[Answer, ...]:
    return (Answer("probabilities", "the chance of each label, calibrated", kind.labels),)


def _tags(kind: Any) -> tuple[Answer, ...]:
    return (
        Answer(
            "probabilities",
            f"the chance of each label by itself, calibrated; said from {kind.threshold:g} on",
            kind.labels,
        ),
    )


def _value(kind: Any) -> tuple[Answer, ...]:
    return (Answer("value", "the number, in its own units", (), (kind.mean,), (kind.std,)),)


def _coming(kind: Any) -> tuple[Answer, ...]:
    return (Answer("steps", "the steps that come next, in their own units", kind.channels, kind.mean, kind.std),)


def _classes(kind: Any) -> tuple[Answer, ...]:
    return (Answer("classes", "of each pixel the place of its label", kind.labels),)


def _each(kind: Any) -> tuple[Answer, ...]:
    chances = Answer("probabilities", "the chance of each label at each token, calibrated", kind.of.labels)
    return (chances, Answer("mask", "true where there is a token"))


def _again(kind: Any) -> tuple[Answer, ...]:
    del kind
    shares = "the picture drawn again, in shares of white"
    return (
        Answer("error", "the mean squared error of a picture, by which a strange one shows"),
        Answer("picture", shares),
    )


def _vector(kind: Any) -> tuple[Answer, ...]:
    del kind
    return (Answer("vector", "what the row comes to; rows of one class lie near each other"),)


# The kind of the target and its link -> the arrays that are answered.
ANSWERS: dict[tuple[type[Kind], Link], Callable[[Any], tuple[Answer, ...]]] = {
    (Category, "aligned"): _chances,
    (Tags, "aligned"): _tags,
    (Number, "aligned"): _value,
    (Series, "aligned"): _coming,
    (Mask, "aligned"): _classes,
    (Each, "aligned"): _each,
    (Image, "same"): _again,
    (Alike, "alike"): _vector,
}

# Why the other links are no graph of arrays.
WHY: dict[Link, str] = {
    "written": "its answers are texts, written token by token by a search",
    "ctc": "its answers are texts, found by a search",
    "spans": "it learned to write what was taken out of texts, and answers nothing",
    "causal": "it goes on from what it has written, token by token",
    "masked": "it learned hidden words, and answers nothing",
    "made": "what it makes is drawn at random",
    "bound": "what it says of a picture is drawn at random",
    "views": "it learned to know pictures again, and answers nothing",
    "paired": "its answers are chosen among the texts that all rows bring",
    "acted": "it plays in a world",
    "played": "it plays with a search",
}
# And why other kinds of answers are none.
AND: dict[str, str] = {
    "Boxes": "it finds as many things as there are, and keeps the best of those that overlap",
    "Span": "a question and its text are joined to rows as long as both together",
    "Photo": "its pictures are of any size, each answered by itself",
    "Structure": "its answers are laid out in space step by step",
    "Node": "its answers are nodes of one graph that all rows share",
}
WORKS = (
    "a run that answers classes, labels, numbers, forecasts, masks, a label a word or how strange a picture is, from "
    "columns, pictures, texts, series or sounds"
)


def refuse(schema: Schema, use: str = "lamina predict RUN ROWS") -> None:
    """Raise PlanError where what a run learned is no single graph of arrays; `use` is what it is for."""
    target, strange = schema.target, [f for f in schema.inputs if type(f.kind) not in PORTS]
    why = WHY.get(target.link, "")
    if not why and (type(target.kind), target.link) not in ANSWERS:
        name = type(target.kind).__name__
        why = AND.get(name, f"its answers are of the kind {name}")
    if not why and strange:
        why = (
            f'its input "{strange[0].name}" is of the kind {type(strange[0].kind).__name__}, which is no array of rows'
        )
    if why:
        raise PlanError(f"this run cannot be one ONNX graph: {why}", expected=WORKS, fix=use)


def ports_of(schema: Schema) -> tuple[Port, ...]:
    """The arrays that an exported net is given, in their order, each with a name that any language can hold."""
    made: list[Port] = []
    taken = {answer.name for answer in answers_of(schema)}
    for slot in schema.slots():
        if slot.role == "input":
            plain = re.sub(r"\W+", "_", slot.name, flags=re.ASCII).strip("_") or "input"
            names = (plain, *(f"{plain}_{i}" for i in range(2, 10_000)))
            ports = (tuple(PORTS[type(slot.kind)](slot, name)) for name in names)
            made += next(several for several in ports if not taken & {port.name for port in several})
            taken |= {port.name for port in made}
    return tuple(made)


def answers_of(schema: Schema) -> tuple[Answer, ...]:
    """The arrays that it answers."""
    return ANSWERS[type(schema.target.kind), schema.target.link](schema.target.kind)


def given(ports: tuple[Port, ...], inputs: Mapping[str, Any]) -> tuple[Tensor, ...]:
    """What a batch holds by slot, as the arrays of the ports."""
    held = (getattr(inputs[p.slot.name], p.part) if p.part else inputs[p.slot.name] for p in ports)
    return tuple(x.to(port.dtype) for x, port in zip(held, ports, strict=True))


def by_slot(ports: tuple[Port, ...], arrays: tuple[Tensor, ...]) -> dict[str, Any]:
    """The arrays of the ports, as a batch holds them by slot."""
    made: dict[str, Any] = {}
    parts: dict[str, dict[str, Tensor]] = {}
    for port, array in zip(ports, arrays, strict=True):
        if port.part:
            parts.setdefault(port.slot.name, {})[port.part] = array
        else:
            made[port.slot.name] = array
    return {**made, **{name: Sounds(**part) for name, part in parts.items()}}
