"""Every pair of a model and what it answers that can be exported, held against the net itself.

`python -m bench.proof export`: nets with weights as they begin, rows of 1, 2, 7 and 20 at once, texts and series of
several lengths; the answers of onnxruntime are at most 1e-4 from those of the net.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from bench.proof import Promise
from lamina.export.graph import graph_of
from lamina.export.parity import BOUND, Runtime, apart, held
from lamina.export.ports import Port, answers_of, by_slot, given, ports_of
from lamina.forms import as_rows
from lamina.kinds import Audio, Category, Each, Field, Image, Kind, Link, Number, Schema, Series, Tags, Text
from lamina.kinds.alike import Alike
from lamina.kinds.mask import Mask
from lamina.kinds.text import MARKS
from lamina.predict import Predictor
from lamina.predict.fold import fold_norms
from lamina.recipe import Recipe, build_net

NUMBER = Number(mean=1000.0, std=2.0, edges=(-1.0, 0.0, 1.0), missing=2)
CLASS = Category(labels=("x", "y", "z"), counts=(1, 1, 1))
TEXT = Text(vocab=(*MARKS, "a", "b", "c", "d"), length=12)
TWO = {"channels": ("u", "v"), "mean": (10.0, 0.0), "std": (2.0, 0.5)}
EVEN, UNEVEN = Series(**TWO, shortest=24, longest=24), Series(**TWO, shortest=5, longest=24)
COMING, KNOWN = Series(**TWO, shortest=6, longest=6), Series(**TWO, shortest=30, longest=30)
SOUND = Audio(rate=2000, seconds=0.25, mels=8, mean=(0.0,) * 8, std=(1.0,) * 8)
SMALL = {"width": 8, "depth": 2}
HEADS = {**SMALL, "heads": 2}


def picture(side: int, channels: int = 3) -> Image:
    return Image(height=side, width=side, channels=channels, mean=(0.5,) * channels, std=(0.25,) * channels)


@dataclass(frozen=True)
class Pair:
    """Inputs, the answer, and the page between them with settings that keep it small."""

    inputs: tuple[Kind, ...]
    target: Kind
    model: str
    settings: dict[str, Any] = field(default_factory=dict)
    link: Link = "aligned"

    def __str__(self) -> str:
        read = ", ".join(type(kind).__name__ for kind in self.inputs)
        return f"{self.model}: {read} to {type(self.target).__name__}"


PAIRS = (
    Pair((NUMBER, NUMBER, CLASS), CLASS, "mlp", SMALL),
    Pair((NUMBER,), NUMBER, "mlp", SMALL),
    Pair((NUMBER, CLASS), Tags(labels=("p", "q")), "mlp", SMALL),
    Pair((TEXT, NUMBER), CLASS, "mlp", SMALL),
    Pair((EVEN,), CLASS, "mlp", SMALL),
    Pair((SOUND,), CLASS, "mlp", SMALL),
    Pair((picture(16),), CLASS, "mlp", SMALL),
    Pair((picture(16),), CLASS, "cnn", {"width": 4}),
    Pair((picture(28, 1),), CLASS, "lenet"),
    Pair((picture(32),), CLASS, "resnet18", {"width": 4}),
    Pair((picture(64),), NUMBER, "resnet50", {"width": 4}),
    Pair((picture(16),), Alike(), "cnn", {"width": 4}, "alike"),
    Pair((SOUND,), CLASS, "cnn", {"width": 4}),
    Pair((SOUND,), CLASS, "lstm", SMALL),
    Pair((picture(32),), Mask(values=(0, 1, 2), height=32, width=32), "unet", {"width": 4}),
    Pair((picture(16),), picture(16), "autoencoder", {"width": 8}, "same"),
    *(Pair((TEXT,), CLASS, name, SMALL) for name in ("lstm", "gru", "rnn")),
    *(Pair((TEXT,), CLASS, name, HEADS) for name in ("transformer", "bert", "gpt")),
    Pair((TEXT,), NUMBER, "transformer", HEADS),
    Pair((TEXT,), Each(of=CLASS), "lstm", SMALL),
    Pair((TEXT,), Each(of=CLASS), "transformer", HEADS),
    Pair((EVEN,), CLASS, "tcn", {"width": 8}),
    Pair((UNEVEN,), CLASS, "tcn", {"width": 8}),
    Pair((UNEVEN,), CLASS, "lstm", SMALL),
    Pair((EVEN,), COMING, "dlinear"),
    Pair((EVEN,), COMING, "patchtst", {"width": 16, "depth": 1, "heads": 2}),
    Pair((EVEN,), COMING, "tide", {"width": 8, "steps": 6}),
    Pair((EVEN, KNOWN), COMING, "tide", {"width": 8, "steps": 6}),
    Pair((EVEN,), COMING, "tcn", {"width": 8}),
    Pair((EVEN,), COMING, "gru", SMALL),
    Pair((picture(16), TEXT, NUMBER), CLASS, "fuse", {"width": 8}),
)
SIZES = ((1, 7), (2, 12), (7, 5), (20, 9))  # rows, and tokens or steps of the longest


def schema_of(pair: Pair) -> Schema:
    if pair.link == "same":
        return Schema((Field("in0", pair.inputs[0], "input"), Field("in0", pair.target, "target", "", "same")))
    inputs = [Field(f"in{i}", kind, "input") for i, kind in enumerate(pair.inputs)]
    return Schema((*inputs, Field("y", pair.target, "target", "", pair.link)))


def predictor_of(pair: Pair) -> Predictor:
    """A predictor with the weights that a seed gives, ready to answer."""
    schema = schema_of(pair)
    net = build_net(Recipe(model={"name": pair.model, **pair.settings}), schema)
    made = Predictor(net, schema, temperature=1.3)
    fold_norms(net)
    return made


def arrays_for(ports: tuple[Port, ...], rows: int, long: int, draw: torch.Generator) -> dict[str, Any]:
    """Made rows of unequal length, the first a full one, by slot."""
    made: list[Tensor] = []
    for port in ports:
        shape = [rows if a == "rows" else long if isinstance(a, str) else a for a in port.axes]
        kind: Any = port.slot.kind
        lengths = torch.randint(min(5, long), long + 1, (rows, 1), generator=draw)
        lengths[0] = long
        here = torch.arange(long) < lengths
        if isinstance(kind, Text):
            made.append(torch.randint(4, len(kind.vocab), shape, generator=draw) * here)
        elif isinstance(kind, Category):
            made.append(torch.randint(-1, len(kind.labels), shape, generator=draw))
        elif port.dtype is torch.uint8:
            made.append(torch.randint(256, shape, generator=draw, dtype=torch.uint8))
        elif port.part == "samples":
            made.append((torch.randint(-9000, 9000, shape, generator=draw) * here).to(port.dtype))
            made.append(lengths[:, 0])
        elif port.part != "lengths":
            x = torch.randn(shape, generator=draw)
            if isinstance(kind, Number):
                x[0, 0] = torch.nan
            made.append(x if len(shape) < 3 or isinstance(port.axes[1], int) else x.where(here[..., None], torch.nan))
    return by_slot(ports, tuple(made))


def differs(pair: Pair) -> float:
    """How far a graph is from its net, at most, over all sizes."""
    predictor = predictor_of(pair)
    ports, answers = ports_of(predictor.schema), answers_of(predictor.schema)
    runtime, draw, largest = Runtime(graph_of(predictor).SerializeToString()), torch.Generator().manual_seed(0), 0.0
    for rows, long in SIZES:
        if any(isinstance(kind, Audio) for kind in pair.inputs):
            long *= 30
        inputs = arrays_for(ports, rows, long, draw)
        with torch.inference_mode():
            if pair.link == "same":
                figures = predictor.net.head.figures(predictor.net(inputs), inputs["in0"])
                ours: Any = (figures[:, 0] / figures[:, 1]).numpy()
            else:
                ours = as_rows(predictor.net.answer(inputs, predictor.temperature))
        largest = max(largest, apart(ours, held(runtime.answer(given(ports, inputs)), answers)))
    return largest


def promises(quick: bool) -> Iterator[Promise]:
    """Each pair once; with `quick` every tenth."""
    pairs, start, why = PAIRS[:: 10 if quick else 1], time.monotonic(), []
    for pair in pairs:
        far = differs(pair)
        if not far <= BOUND:
            why.append(f"{pair}: {far:.1e}")
    spent = time.monotonic() - start
    yield Promise("an exported graph answers as its net does", len(pairs), len(why), spent, tuple(why))
