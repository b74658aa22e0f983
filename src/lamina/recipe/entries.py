"""The ways in: a slot of a batch to what a page takes, by the kind of the slot and by what the page takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Tokens
from ..kinds import Audio, Category, Graph, Image, Kind, Molecule, Node, Number, Schema, Series, Text
from ..kinds.episode import Episode
from ..kinds.match import Match
from ..kinds.notes import AFTER, KEYS, Notes
from ..kinds.photo import Photo
from ..kinds.protein import Protein
from ..kinds.text import PADDING
from ..layers import Columns, Pixels
from ..models import PAGES, Takes
from .conditions import Condition, condition_for
from .entry import Beside, Entries, Entry, Wanted
from .graphs import CountsEntry, GraphEntry, NodeEntry
from .pairs import PairEntry
from .played import PositionEntry, SituationEntry
from .residues import ResiduesEntry
from .sounds import FramesEntry, LoudnessEntry, SpectrogramEntry
from .usual import usual_for

BAG = 64  # width of a bag of words
FULL: tuple[Takes, ...] = ("map", "tokens", "vector")  # what keeps most of an input first
STD = 0.1  # of a token's vector at first


class PixelsEntry(Entry):
    """Bytes (B, C, H, W) -> standardised pixels (B, C, H, W); photos may be of any side."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        kind: Image | Photo = wanted.kind
        self.pixels = Pixels(kind.mean, kind.std, kind.channels)
        self.shape = (kind.channels, kind.height, kind.width)

    def forward(self, pixels: Tensor) -> Tensor:
        made: Tensor = self.pixels(pixels)
        return made


class FlatPixelsEntry(PixelsEntry):
    """Bytes (B, C, H, W) -> standardised pixels as one long row (B, C × H × W)."""

    def __init__(self, wanted: Wanted):
        super().__init__(wanted)
        self.shape = (self.shape[0] * self.shape[1] * self.shape[2],)

    def forward(self, pixels: Tensor) -> Tensor:
        return super().forward(pixels).flatten(1)


class NumbersEntry(Entry):
    """Numbers (B, N) -> (B, D), each as it is and piecewise linear."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        kinds = [f.kind for f in wanted.slot.fields if isinstance(f.kind, Number)]
        self.columns = Columns([n.edges for n in kinds], [], [n.missing > 0 for n in kinds])
        self.shape = (self.columns.width,)

    def forward(self, numbers: Tensor) -> Tensor:
        made: Tensor = self.columns(numbers, None)
        return made


class CodesEntry(Entry):
    """Codes (B, M) -> (B, D), a learned vector each."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        kinds = [f.kind for f in wanted.slot.fields if isinstance(f.kind, Category)]
        self.columns = Columns([], [len(c.labels) for c in kinds])
        self.shape = (self.columns.width,)

    def forward(self, codes: Tensor) -> Tensor:
        made: Tensor = self.columns(None, codes)
        return made


class TokensEntry(Entry):
    """Ids (B, T) -> Tokens (B, T, D): a learned vector each, as wide as the page, or as its plan's `embed` says."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        kind: Text = wanted.kind
        width = getattr(wanted.plan, "embed", 0) or wanted.plan.width
        self.table = nn.Embedding(len(kind.vocab), width, padding_idx=PADDING)
        nn.init.normal_(self.table.weight, std=STD)
        with torch.no_grad():
            self.table.weight[PADDING] = 0.0
        self.shape = (kind.length, width)

    def forward(self, ids: Tensor) -> Tokens:
        return Tokens(self.table(ids), ids != PADDING)


class WordsEntry(Entry):
    """Ids (B, T) -> (B, D): a bag of words, the sum of learned vectors over the root of how many they are, so that it
    is as long for a long text as for a short one."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        kind: Text = wanted.kind
        width = BAG
        self.table = nn.Embedding(len(kind.vocab), width, padding_idx=PADDING)
        nn.init.normal_(self.table.weight, std=width**-0.5)
        with torch.no_grad():
            self.table.weight[PADDING] = 0.0
        self.shape = (width,)

    def forward(self, ids: Tensor) -> Tensor:
        here = (ids != PADDING).sum(1, keepdim=True).clamp(min=1)
        made: Tensor = self.table(ids).sum(1) / here.sqrt()
        return made


class NotesEntry(Entry):
    """Keys (B, T, 88), 255 past the end of a row -> Tokens (B, T, 88) of 0 and 1."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        kind: Notes = wanted.kind
        self.shape = (kind.length, KEYS)

    def forward(self, keys: Tensor) -> Tokens:
        here = keys[:, :, 0] != AFTER
        return Tokens((keys == 1).float(), here)


class SeriesEntry(Entry):
    """Standardised steps (B, T, C), NaN after the end of a row -> Tokens (B, T, C); no mask where all are as long."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        kind: Series = wanted.kind
        self.even, self.shape = kind.shortest == kind.longest, (kind.longest, len(kind.channels))

    def forward(self, steps: Tensor) -> Tokens:
        return Tokens(steps) if self.even else Tokens(steps.nan_to_num(0.0), ~steps.isnan().any(-1))


class FlatSeriesEntry(Entry):
    """Standardised steps (B, T, C) -> one long row (B, T × C)."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        kind: Series = wanted.kind
        if kind.shortest != kind.longest:
            raise PlanError(
                f"series of {kind.shortest:,} to {kind.longest:,} steps are no table",
                expected="series of one length, or a page that reads sequences",
                fix="--model tcn",
            )
        self.shape = (kind.longest * len(kind.channels),)

    def forward(self, steps: Tensor) -> Tensor:
        return steps.flatten(1)


# kind      page takes  the way in
ENTRIES: tuple[tuple[type[Kind], Takes, Callable[[Wanted], Entry]], ...] = (
    (Image, "map", PixelsEntry),
    (Image, "vector", FlatPixelsEntry),
    (Photo, "map", PixelsEntry),
    (Audio, "map", SpectrogramEntry),
    (Audio, "tokens", FramesEntry),
    (Audio, "vector", LoudnessEntry),
    (Number, "vector", NumbersEntry),
    (Category, "vector", CodesEntry),
    (Text, "vector", WordsEntry),
    (Text, "tokens", TokensEntry),
    (Protein, "tokens", ResiduesEntry),
    (Graph, "graph", GraphEntry),
    (Molecule, "graph", GraphEntry),
    (Graph, "vector", CountsEntry),
    (Molecule, "vector", CountsEntry),
    (Node, "graph", NodeEntry),
    (Series, "tokens", SeriesEntry),
    (Notes, "tokens", NotesEntry),
    (Series, "vector", FlatSeriesEntry),
    (Episode, "vector", SituationEntry),
    (Match, "map", PositionEntry),
)


def entry_for(
    schema: Schema, takes: Takes, plan: Any, context: Mapping[str, NDArray[Any]] | None = None
) -> Entries | Beside | PairEntry | Condition:
    """The way in for the inputs of a schema to a page. Raises PlanError for inputs that it does not take together."""
    if takes == "noise":
        return condition_for(schema)
    slots = [slot for slot in schema.slots() if slot.role == "input"]
    if takes == "slots":
        each = [(slot.name, _any(Wanted(slot, plan, context or {}))) for slot in slots]
        if each and all(part is not None for _, part in each):
            return Beside([(name, part) for name, part in each if part is not None])
    if takes == "tokens" and len(slots) == 2 and all(isinstance(slot.kind, Text) for slot in slots):
        return PairEntry(slots[0], slots[1], plan)
    if takes == "vector" or len(slots) == 1:
        made = [(slot.name, _make(Wanted(slot, plan, context or {}), takes)) for slot in slots]
        if all(part is not None for _, part in made) and made:
            return Entries([(name, part) for name, part in made if part is not None])
    shown = ", ".join(f"{f.name} ({type(f.kind).__name__})" for f in schema.inputs) or "nothing"
    takers = [kind.__name__ for kind, wants, _ in ENTRIES if wants == takes or (takes == "slots" and wants in FULL)]
    together = "columns of" if takes in ("vector", "slots") else "one column of"
    other = [wants for kind, wants, _ in ENTRIES if len(slots) == 1 and isinstance(slots[0].kind, kind)]
    name = next((page.name for page in PAGES.values() if type(page.plan) is type(plan)), "this model")
    fitting = sorted((p.name for p in PAGES.values() if p.takes in other), key=usual_for(schema).model.__ne__)
    raise PlanError(
        f"{name} does not take these inputs together: {shown}",
        expected=f"{together} {', '.join(dict.fromkeys(takers))}",
        fix=f"--model {fitting[0]}" if fitting else "--model mlp, or --model fuse" if slots else "",
    )


def _any(wanted: Wanted) -> Entry | None:
    """The way in that keeps most of an input: a picture as a map, a text as tokens, columns as a vector."""
    return next((made for takes in FULL if (made := _make(wanted, takes)) is not None), None)


def _make(wanted: Wanted, takes: Takes) -> Entry | None:
    for kind, wants, make in ENTRIES:
        if isinstance(wanted.kind, kind) and wants == takes:
            return make(wanted)
    return None
