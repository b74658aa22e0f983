"""What every kind of value can do, and what a column of raw values is."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from torch import Tensor

from ..ragged import Packed, Rows

Ints = NDArray[np.int64]

ROWS = 128  # that are answered together: of more, what a layer makes is no longer in a core's cache for the next
MANY = 512  # of rows that are a few numbers each, where a call costs more than they do
PIECE = 1 << 20  # rows that are looked at together, at most

# How an answer stands to what it is the answer to: place by place or as a whole; written one token after the other; in
# the order of time without places. And of what is learned from itself: what comes next; what was hidden; the thing
# again; a bound on how likely it is; made from nothing or from a label; known again in another view. And: told by
# examples beside it (alike); chosen among all texts that rows bring (paired). Or learned by playing: alone in a world
# that answers (acted), or against another (played).
Link = Literal[
    "aligned",
    "written",
    "ctc",
    "causal",
    "masked",
    "spans",
    "same",
    "bound",
    "made",
    "views",
    "alike",
    "paired",
    "acted",
    "played",
]
ITSELF: tuple[Link, ...] = ("causal", "masked", "spans", "same", "bound", "made", "views", "acted", "played")


class Column(Protocol):
    """A named column of raw values, read by row; nothing is decoded before `take`.

    `holds` is "files" (each value the bytes of a file), "arrays" (numpy arrays of one shape), "ragged" (numpy arrays of
    unequal length), "values" (a pyarrow array) or "objects" (nothing that any kind takes). `where(row)` says
    where a row came from: a path, or a file and line.
    """

    @property
    def name(self) -> str: ...
    @property
    def holds(self) -> str: ...
    def __len__(self) -> int: ...
    def take(self, rows: Ints) -> Any: ...
    def where(self, row: int) -> str: ...


class Unreadable(bytes):
    """What stands in for the bytes of a file that cannot be read: none, with the reason."""

    reason: str

    def __new__(cls, reason: str = "") -> Self:
        empty = super().__new__(cls)
        empty.reason = reason
        return empty

    def __reduce__(self) -> tuple[type[Unreadable], tuple[str]]:
        return Unreadable, (self.reason,)


@dataclass(frozen=True)
class Encoded:
    """Values as numbers: one entry of `array` for each, the reason for each that cannot be used (its entry is then
    filler), and how often something was converted on the way. Of rows in `wrong` the reason is one that no single row
    can be blamed for, so that it stops the work; they stand in `bad` too. `told` says of a row how it is not read as it
    came, which whoever is given an answer to it should know."""

    array: Rows
    bad: dict[int, str] = field(default_factory=dict)
    converted: dict[str, int] = field(default_factory=dict)
    wrong: tuple[int, ...] = ()
    told: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind(ABC):
    """What one value is. Declared by name, completed by `fit` on training rows, frozen and plain JSON from then on.

    `slot`: columns of kinds with the same slot stand side by side in one array (B, columns) of that name;
    None gives each column an array of its own. `itself`: the link by which a column of the kind is learned from
    nothing but itself, where no target is there; None where that has no meaning. `raw`: what a column of it may hold.
    `placed`: whether an answer lies in its input: in the pixels of a picture, the words of a text, the residues of a
    protein; `onto` then puts it there.
    """

    slot: ClassVar[str | None] = None
    says: ClassVar[str] = ""
    itself: ClassVar[Link | None] = None
    raw: ClassVar[tuple[str, ...]] = ("values",)
    placed: ClassVar[bool] = False

    @abstractmethod
    def fit(self, column: Column, rows: Ints) -> Self:
        """The kind completed from the training rows of a column. Raises KindError when they do not hold it."""

    @abstractmethod
    def encode(self, values: Any) -> Encoded:
        """Raw values, as `Column.take` gives them, to numbers; the first axis is the value."""

    @abstractmethod
    def collate(self, array: Any) -> Tensor | Packed:
        """Encoded rows of a batch to what a model is given: ragged rows padded to the longest."""

    def absent(self, array: Any) -> NDArray[np.bool_]:
        """Which encoded rows hold no value; a target may not be absent."""
        return np.zeros(len(array), dtype=bool)

    @abstractmethod
    def decode(self, output: Any) -> list[Any]:
        """What a head's decoding gives, a tensor (B, ...) or a Ragged, to values as the user knows them."""

    def chances(self, row: Any) -> dict[str, float]:
        """What a head's decoding of one row says of the answers it could have, by label; {} where that is no matter of
        chances."""
        del row
        return {}

    def likeliest(self, row: Any) -> dict[str, float]:
        """The same of the likeliest alone, where there are too many to tell of all."""
        del row
        return {}

    def in_units(self, array: Any) -> Any:
        """Encoded targets or a head's decoding, in the user's units: probabilities and codes stay as they are."""
        return array

    def reference(self, values: Any, encoded: Rows) -> Any:
        """The truth that scores are made against, from raw values and what they are encoded as."""
        del values
        return self.in_units(encoded)

    def at_once(self) -> int:
        """How many rows with an input of this kind are answered together: fewer where one takes much memory."""
        return ROWS if self.slot is None else MANY

    def onto(self, value: Any, inputs: Sequence[Any]) -> Any:
        """An answer for one row, as it lies in its raw inputs: in the pixels of a picture, the words of a text."""
        del inputs
        return value

    def show(self, value: Any) -> Pictures.Image | str:
        """A value as a picture or a short text, for a report."""
        return str(value)

    def summary(self) -> str:
        """The fitted kind in a few words: "10 classes", "28 × 28 grey"."""
        return ""

    def decided(self, name: str) -> str:
        """What fitting a column decided that its owner may want otherwise, with what to type; "" for nothing."""
        del name
        return ""

    def misfits(self, encoded: Rows, inputs: Mapping[str, Rows]) -> dict[int, str]:
        """Rows of an encoded target that cannot be the answer to the encoded inputs beside them, with the reason."""
        del encoded, inputs
        return {}

    def linked(self, inputs: Sequence[Kind]) -> Link:
        """How a target of this kind stands to its inputs."""
        del inputs
        return "aligned"

    def to_json(self) -> dict[str, Any]:
        """The kind as plain JSON, its name under "kind"."""
        return {"kind": type(self).__name__, **dataclasses.asdict(self)}


def pieces(rows: Ints) -> Iterator[Ints]:
    """Rows in pieces of a million: what is to be known of a whole column is gathered piece by piece, so that it never
    stands in memory as a whole."""
    for start in range(0, len(rows), PIECE):
        yield rows[start : start + PIECE]


def values_of(values: Any) -> Sequence[Any]:
    """Raw values as a Python list, from a pyarrow array or any sequence."""
    return values.to_pylist() if hasattr(values, "to_pylist") else list(values)
