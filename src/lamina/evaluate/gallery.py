"""Plates of pictures that are learned from themselves: given back, and made."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from torch.nn import functional as F

from ..forms import Batch
from ..kinds import Category, Image
from ..objectives import maker_of
from ..rng import Rng
from .beside import beside
from .shown import Item, Plate, Shown

STRIP, STRIPS = 10, 4  # made pictures of a class, side by side; rows of pictures of none
MANY, NEAREST, SHOWN, AT_ONCE = 512, 5, 8, 64  # pictures that are compared, shown beside one, shown, read at once


def given_back(shown: Shown) -> list[Plate]:
    """Pictures above what is drawn of them, those that are given back worst, and some others."""
    error = np.asarray(shown.answer, np.float64)
    share = error[:, 0] / np.maximum(error[:, 1], 1e-12)
    worst = np.argsort(-share, kind="stable")[:6]
    says = "Above the picture, below what is drawn from its code alone."
    return [
        Plate("Given back", _pairs(shown, shown.some(6), share), says),
        Plate("Given back worst", _pairs(shown, worst, share), f"{says} A large error is how a strange picture shows."),
    ]


def bounded(shown: Shown) -> list[Plate]:
    """Pictures above what is drawn of them, and pictures drawn from nothing."""
    nats = np.asarray(shown.answer, np.float64)[:, 0]
    says = "Above the picture, below what is drawn from its mean code, with its bound in nats."
    return [Plate("Given back", _pairs(shown, shown.some(6), nats), says), *drawn(shown)]


def made(shown: Shown) -> list[Plate]:
    """Made pictures, a strip a class."""
    kind = shown.schema.target.kind
    assert isinstance(kind, Image)
    if not shown.schema.inputs:
        return drawn(shown)
    given = shown.schema.inputs[0]
    names = [str(x) for x in given.kind.labels] if isinstance(given.kind, Category) else []
    asked = [str(x) for x in shown.table.columns[given.name].take(shown.truth.rows).to_pylist()]
    items = []
    for name in names:
        own = [kind.show(shown.values[i]) for i, label in enumerate(asked) if label == name][:STRIP]
        if own:
            items.append(Item(name, picture=beside([x for x in own if isinstance(x, Pictures.Image)])))
    says = f'Made for each "{given.name}" and not chosen: the first {STRIP} of the test rows.'
    return [Plate("Made", tuple(items), says)]


def drawn(shown: Shown) -> list[Plate]:
    """Pictures drawn from nothing."""
    kind, game = shown.schema.target.kind, maker_of(shown.predictor.game)
    if game is None:
        return []
    with torch.inference_mode():
        values = kind.decode(game.sample({}, STRIPS * STRIP, Rng(shown.seed, "gallery")))
    shows = [x for x in map(kind.show, values) if isinstance(x, Pictures.Image)]
    strips = [shows[i : i + STRIP] for i in range(0, len(shows), STRIP)]
    return [Plate("Made", tuple(Item(picture=beside(s)) for s in strips), "Drawn from nothing, and not chosen.")]


def neighbours(shown: Shown) -> list[Plate]:
    """Some pictures, each with those whose vectors point most the same way: what the net takes to be alike."""
    kind, rows = shown.schema.target.kind, len(shown.truth.rows)
    raw = np.ascontiguousarray(shown.truth.codes[: min(MANY, rows)])
    name, answers = shown.schema.target.name, []
    with torch.inference_mode():
        for numbers in torch.split(torch.arange(len(raw)), AT_ONCE):
            some = Batch({name: kind.collate(raw[numbers.numpy()])}, {}, numbers)
            answers += shown.predictor.room.parts(lambda part, _at: shown.predictor.net.answer(part.inputs), some)
    vectors = F.normalize(torch.cat([x for x in answers if isinstance(x, torch.Tensor)]), dim=1)  # (n, D)
    near = (vectors @ vectors.T).fill_diagonal_(-2).topk(min(NEAREST, len(raw) - 1)).indices.numpy()
    items = []
    for at in [place for place in shown.some(MANY) if place < len(raw)][:SHOWN]:
        pictures = [Pictures.fromarray(np.squeeze(raw[i])) for i in (at, *near[at])]
        items.append(Item(shown.table.id_of(int(shown.truth.rows[at])), picture=beside(pictures)))
    says = f"Left a test picture, then those of {len(raw):,} that the net holds to be most like it, the nearest first."
    return [Plate("Alike to the net", tuple(items), says)] if len(raw) > 1 else []


def _pairs(shown: Shown, places: NDArray[np.int64], told: NDArray[np.float64]) -> tuple[Item, ...]:
    """Pictures above what the net draws of them, with a figure each."""
    kind: Any = shown.schema.target.kind
    raw = np.ascontiguousarray(shown.truth.codes[places])
    with torch.inference_mode():
        answers = shown.predictor.net.answer({shown.schema.target.name: kind.collate(raw)})
    back = kind.decode(answers)
    return tuple(
        Item(
            f"{shown.table.id_of(int(shown.truth.rows[at]))}, {told[at]:.3g}",
            picture=beside([Pictures.fromarray(np.squeeze(one)) for one in (raw[i], back[i])], down=True),
        )
        for i, at in enumerate(places)
    )
