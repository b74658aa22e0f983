"""Which head answers which kind from which form: one visible table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Channels, Ends, Form, Future, Map, Nodes, Pairs, Pyramid, Tokens, Vector
from ..kinds import Category, Each, Image, Kind, Link, Node, Number, Series, Tags, Text
from ..kinds.alike import Alike
from ..kinds.boxes import Boxes
from ..kinds.episode import Episode
from ..kinds.mask import Mask
from ..kinds.match import Match
from ..kinds.notes import Notes
from ..kinds.photo import Photo
from ..kinds.span import Span
from ..kinds.structure import Structure
from .alike import AlikeHead
from .boxes import BoxesHead
from .category import CategoryHead, balanced
from .ctc import CtcHead
from .each import EachHead
from .language import LanguageHead
from .link import EndHead, LinkHead
from .mask import MaskHead
from .notes import NotesHead
from .number import NumberHead
from .pairs import PairsHead
from .picture import PictureHead
from .pixels import PhotosHead
from .policy import PolicyHead, on_board, straight
from .series import SeriesHead
from .span import SpanHead
from .structure import StructureHead
from .tags import TagsHead
from .views import ViewsHead
from .write import WriterHead


class Head(Protocol):
    """Form to one target kind. `decode` gives a tensor, B first, or Tokens where rows are of unequal length.

    Beside these a head may have `given(target)`, what the body is handed while it learns; `answer(net, inputs)`, for
    one that writes step by step; `figures(form, target)`, (B, k) sums by row that quick scores are ratios of; and
    `tie(entry)`, for one that shares the vectors of the way in.
    """

    def loss(self, form: Any, target: Tensor) -> tuple[Tensor, int]: ...
    def decode(self, form: Any, temperature: float = 1.0) -> Tensor | Tokens: ...


@dataclass(frozen=True)
class Asked:
    """What a head is built from: the fitted kind, the width of the form, and the settings that heads share."""

    kind: Kind
    width: int
    link: Link = "aligned"
    drop: float = 0.0
    smoothing: float = 0.0
    balance: bool = False


def _category(asked: Asked) -> CategoryHead:
    assert isinstance(asked.kind, Category)
    weights = balanced(asked.kind.counts) if asked.balance else ()
    return CategoryHead(
        asked.width, len(asked.kind.labels), drop=asked.drop, smoothing=asked.smoothing, weights=weights
    )


def _tags(asked: Asked) -> TagsHead:
    assert isinstance(asked.kind, Tags)
    return TagsHead(asked.width, len(asked.kind.labels), drop=asked.drop, smoothing=asked.smoothing)


def _number(asked: Asked) -> NumberHead:
    return NumberHead(asked.width, drop=asked.drop)


def _each(asked: Asked) -> EachHead:
    assert isinstance(asked.kind, Each)
    return EachHead(asked.width, len(asked.kind.of.labels), drop=asked.drop, smoothing=asked.smoothing)


def _ctc(asked: Asked) -> CtcHead:
    assert isinstance(asked.kind, Text)
    return CtcHead(asked.width, len(asked.kind.vocab), drop=asked.drop)


def _picture(asked: Asked) -> PictureHead:
    assert isinstance(asked.kind, Image)
    return PictureHead(asked.width, asked.kind.channels)


def _language(asked: Asked) -> LanguageHead:
    assert isinstance(asked.kind, Text)
    return LanguageHead(
        asked.width, asked.kind, drop=asked.drop, smoothing=asked.smoothing, shift=asked.link == "causal"
    )


def _writer(asked: Asked) -> WriterHead:
    assert isinstance(asked.kind, Text)
    return WriterHead(asked.width, asked.kind, drop=asked.drop, smoothing=asked.smoothing)


def _span(asked: Asked) -> SpanHead:
    assert isinstance(asked.kind, Span)
    return SpanHead(asked.width, asked.kind.long, drop=asked.drop, smoothing=asked.smoothing)


def _series(asked: Asked, by_channel: bool = False) -> SeriesHead:
    kind = asked.kind
    assert isinstance(kind, Series)
    if kind.shortest != kind.longest:
        raise PlanError(
            f"series of {kind.shortest:,} to {kind.longest:,} steps cannot be answered at once",
            expected="targets of one length",
        )
    return SeriesHead(asked.width, kind.longest, len(kind.channels), by_channel=by_channel, drop=asked.drop)


def _link(asked: Asked) -> LinkHead:
    assert isinstance(asked.kind, Node)
    return LinkHead(asked.width, asked.kind.size, drop=asked.drop)


def _end(asked: Asked) -> EndHead:
    assert isinstance(asked.kind, Node)
    return EndHead(asked.kind.size, drop=asked.drop, smoothing=asked.smoothing)


def _mask(asked: Asked) -> MaskHead:
    assert isinstance(asked.kind, Mask)
    return MaskHead(asked.width, asked.kind.classes, (asked.kind.height, asked.kind.width), drop=asked.drop)


def _boxes(asked: Asked) -> BoxesHead:
    assert isinstance(asked.kind, Boxes)
    return BoxesHead(asked.width, len(asked.kind.labels), (asked.kind.height, asked.kind.width))


def _alike(asked: Asked) -> AlikeHead:
    del asked
    return AlikeHead()


def _views(asked: Asked) -> ViewsHead:
    return ViewsHead(asked.width)


def _pairs(asked: Asked) -> PairsHead:
    assert isinstance(asked.kind, Text)
    return PairsHead(asked.width, asked.kind, drop=asked.drop)


def _notes(asked: Asked) -> NotesHead:
    return NotesHead(asked.width, drop=asked.drop)


def _photo(asked: Asked) -> PhotosHead:
    assert isinstance(asked.kind, Photo)
    return PhotosHead(asked.width, asked.kind.mean, asked.kind.std)


def _policy(asked: Asked) -> PolicyHead:
    assert isinstance(asked.kind, Episode)
    return straight(asked.width, asked.kind.actions)


def _board(asked: Asked) -> PolicyHead:
    assert isinstance(asked.kind, Match)
    return on_board(asked.width, asked.kind.actions, asked.kind.shape[1] * asked.kind.shape[2])


def _structure(asked: Asked) -> StructureHead:
    return StructureHead(asked.width, drop=asked.drop)


ANY = (Vector, Map, Tokens, Channels, Pyramid, Nodes, Pairs)

# kind        forms  link       head
HEADS: tuple[tuple[type[Kind], tuple[type[Form], ...], Link, Callable[[Asked], nn.Module]], ...] = (
    (Category, ANY, "aligned", _category),
    (Tags, ANY, "aligned", _tags),
    (Number, ANY, "aligned", _number),
    (Node, (Nodes,), "aligned", _link),
    (Node, (Ends,), "aligned", _end),
    (Each, (Tokens,), "aligned", _each),
    (Alike, ANY, "alike", _alike),
    (Series, (Channels, Future), "aligned", partial(_series, by_channel=True)),
    (Series, (Tokens, Vector), "aligned", _series),
    (Mask, (Map,), "aligned", _mask),
    (Boxes, (Pyramid,), "aligned", _boxes),
    (Photo, (Map,), "aligned", _photo),
    (Text, (Tokens,), "causal", _language),
    (Text, (Tokens,), "ctc", _ctc),
    (Text, (Tokens,), "masked", _language),
    (Span, (Tokens,), "aligned", _span),
    (Text, (Tokens,), "spans", _writer),
    (Text, (Tokens,), "written", _writer),
    (Image, (Map,), "same", _picture),
    (Image, (Map,), "bound", _picture),
    (Image, (Map,), "made", _picture),
    (Image, (Map, Vector), "views", _views),
    (Text, (Map, Vector), "paired", _pairs),
    (Notes, (Tokens,), "causal", _notes),
    (Episode, ANY, "acted", _policy),
    (Match, (Map,), "played", _board),
    (Structure, (Pairs,), "aligned", _structure),
)


def head_for(asked: Asked, form: type[Form], link: Link = "aligned") -> nn.Module:
    """The head for a kind, a form and a link. Raises PlanError when the table has no such row."""
    for kind, forms, row_link, make in HEADS:
        if isinstance(asked.kind, kind) and form in forms and link == row_link:
            return make(asked)
    rows = ", ".join(f"{kind.__name__} ({row_link})" for kind, _, row_link, _ in HEADS)
    name = type(asked.kind).__name__
    raise PlanError(f"no head answers {name} from {form.__name__} with the link {link}", expected=f"one of: {rows}")
