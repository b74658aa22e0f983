"""The exam that every head sits, on every form it is listed for."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from lamina.forms import Batch, Channels, Ends, Future, Map, Nodes, Pairs, Pyramid, Tokens, Vector, as_rows, cut
from lamina.heads import HEADS, Asked, head_for
from lamina.heads.boxes import assigned, grid
from lamina.kinds import Alike, Category, Each, Image, Kind, Node, Number, Series, Tags, Text
from lamina.kinds.boxes import Boxes
from lamina.kinds.episode import Episode
from lamina.kinds.mask import Mask
from lamina.kinds.match import Match
from lamina.kinds.notes import Notes
from lamina.kinds.photo import Photo
from lamina.kinds.span import Span
from lamina.kinds.structure import Structure
from lamina.objectives import Supervised

ROWS, WIDTH, PLACES = 7, 5, 4


@dataclass(frozen=True)
class Sits:
    """What a head of a kind is examined with: the fitted kind, targets of ROWS rows, settings to try, how many items
    its loss is a mean over (a number, or of the target), and the shape of one row's answer."""

    kind: Kind
    target: Callable[[torch.Generator], Any]
    settings: Sequence[dict[str, Any]] = ({},)
    count: Callable[[Any], int] = lambda target: ROWS
    shape: tuple[int, ...] | None = None
    shares: bool = False  # answers are probabilities
    least: float = 0.0  # of its loss
    extra: dict[str, Any] = field(default_factory=dict)
    alone: bool = True  # the loss of a row is its own, whatever rows are beside it


def codes(high: int, *shape: int) -> Callable[[torch.Generator], Tensor]:
    return lambda draw: torch.randint(high, (ROWS, *shape), generator=draw)


def ids(draw: torch.Generator) -> Tensor:
    made = torch.randint(5, 8, (ROWS, PLACES), generator=draw)
    made[::2, -1] = 0
    return made


def labels(draw: torch.Generator) -> Tensor:
    made = torch.randint(3, (ROWS, PLACES), generator=draw)
    made[::2, -1] = -1
    return made


def frames(draw: torch.Generator) -> Tensor:
    made = torch.randint(2, (ROWS, PLACES, 88), generator=draw).to(torch.uint8)
    made[::2, -1] = 255
    return made


def lessons(draw: torch.Generator) -> Tensor:
    chances = torch.rand(ROWS, 3, generator=draw)
    return torch.cat([chances / chances.sum(1, keepdim=True), torch.rand(ROWS, 1, generator=draw)], 1)


WORDS = Text(vocab=("", "?", "<", ">", "#", "a", "b", "c"), length=PLACES)
SMOOTHED = ({}, {"smoothing": 0.1})
DRAWN = Image(height=2, width=3, channels=1, mean=(0.5,), std=(0.3,))
SOUGHT = Boxes(height=32, width=32, labels=("a", "b", "c"), counts=(1, 1, 1))
AT = torch.cat([grid(4, 4, 8.0), grid(2, 2, 16.0)])  # the places of a pyramid of two levels


def things(draw: torch.Generator) -> Tensor:
    corner = torch.rand(ROWS, 2, 2, generator=draw) * 16
    sides = 12 + 4 * torch.rand(ROWS, 2, 2, generator=draw)
    return torch.cat([codes(3, 2, 1)(draw).float(), corner, corner + sides], dim=2)


EXAM: dict[tuple[type, str], Sits] = {
    (Category, "aligned"): Sits(
        Category(labels=("a", "b", "c"), counts=(5, 1, 2)),
        codes(3),
        ({}, {"smoothing": 0.1}, {"balance": True}, {"balance": True, "smoothing": 0.1}),
        shape=(3,),
        shares=True,
    ),
    (Tags, "aligned"): Sits(
        Tags(labels=("a", "b", "c", "d")), lambda draw: codes(2, 4)(draw).float(), SMOOTHED, shape=(4,), shares=True
    ),
    (Number, "aligned"): Sits(Number(), lambda draw: torch.randn(ROWS, generator=draw), shape=()),
    (Node, "aligned"): Sits(Node(count=9), codes(9), SMOOTHED, shape=(9,), shares=True),
    (Each, "aligned"): Sits(
        Each(Category(labels=("a", "b", "c"), counts=(5, 1, 2))),
        labels,
        SMOOTHED,
        lambda target: int((target >= 0).sum()),
        (3,),
        True,
    ),
    (Series, "aligned"): Sits(
        Series(channels=("a", "b", "c"), mean=(0.0, 1.0, 2.0), std=(1.0, 2.0, 3.0), shortest=4, longest=4),
        lambda draw: torch.randn(ROWS, 4, 3, generator=draw),
        shape=(4, 3),
    ),
    (Episode, "acted"): Sits(Episode(actions=3), lessons, shape=(3,), shares=True),
    (Match, "played"): Sits(Match(actions=3, shape=(1, 2, 3)), lessons, shape=(3,), shares=True, alone=False),
    (Alike, "alike"): Sits(Alike(), lambda draw: torch.arange(ROWS) % 2, count=lambda target: ROWS - 2, alone=False),
    (Mask, "aligned"): Sits(Mask(height=2, width=3, values=(0, 1, 2)), codes(3, 2, 3), shape=(2, 3)),
    (Boxes, "aligned"): Sits(SOUGHT, things, count=lambda target: int((assigned(target, AT) >= 0).sum())),
    (Photo, "aligned"): Sits(
        Photo(channels=3, mean=(0.4,) * 3, std=(0.2,) * 3),
        lambda draw: torch.rand(ROWS, 3, 2, 3, generator=draw),
        shape=(3, 2, 3),
    ),
    **{
        (Image, link): Sits(DRAWN, lambda draw: codes(256, 1, 2, 3)(draw).to(torch.uint8), shape=(1, 2, 3))
        for link in ("same", "bound", "made")
    },
    (Text, "causal"): Sits(WORDS, ids, SMOOTHED, lambda target: int((target[:, 1:] > 0).sum()), (8,), True),
    (Text, "ctc"): Sits(WORDS, lambda draw: ids(draw)[:, :1], count=lambda target: int((target > 0).sum())),
    (Span, "aligned"): Sits(  # only the first place is there in every row
        Span(long=3), lambda draw: torch.zeros(ROWS, 2, dtype=torch.long), SMOOTHED, shape=(2,)
    ),
    **{
        (Text, link): Sits(  # one place more than tokens, for the mark that a text begins with
            WORDS, lambda draw: ids(draw)[:, :-1], SMOOTHED, lambda target: int((target > 0).sum()) + ROWS
        )
        for link in ("written", "spans")
    },
    (Image, "views"): Sits(
        DRAWN, lambda draw: torch.arange(ROWS) // 2, count=lambda target: ROWS - 1, shape=(128,), alone=False
    ),
    (Notes, "causal"): Sits(
        Notes(length=PLACES), frames, count=lambda target: int((target[:, :, 0] != 255).sum()), shape=(88,)
    ),
    (Text, "paired"): Sits(WORDS, ids, shape=(128,), alone=False),
    (Structure, "aligned"): Sits(
        Structure(), lambda draw: 4 * torch.randn(ROWS, PLACES, 3, 3, generator=draw), shape=(3, 3)
    ),
    (Text, "masked"): Sits(WORDS, ids, SMOOTHED, lambda target: int((target > 0).sum()), (8,), True),
}
CASES = [
    pytest.param(kind, form, link, settings, id="-".join([kind.__name__, link, form.__name__, *settings]))
    for kind, forms, link, _ in HEADS
    for form in forms
    if (kind, link) in EXAM  # the first test names those that are not
    for settings in EXAM[kind, link].settings
]
every = pytest.mark.parametrize(("kind", "form", "link", "settings"), CASES)
SLICED = (Vector, Map, Tokens, Channels, Future, Pyramid, Pairs)


def features(form: type, draw: torch.Generator) -> Any:
    """A form of ROWS rows."""
    match form.__name__:
        case "Tokens":
            mask = torch.arange(PLACES) < torch.randint(1, PLACES + 1, (ROWS, 1), generator=draw)
            return Tokens(torch.randn(ROWS, PLACES, WIDTH, generator=draw), mask)
        case "Pyramid":
            return Pyramid(tuple(torch.randn(ROWS, WIDTH, side, side, generator=draw) for side in (4, 2)))
        case "Nodes":
            graph = torch.arange(ROWS).repeat_interleave(2)
            edges = torch.tensor([[0, 1], [1, 0]])
            return Nodes(torch.randn(2 * ROWS, WIDTH, generator=draw), graph, edges, ROWS)
        case "Pairs":
            shapes = ((PLACES, PLACES, WIDTH), (PLACES, WIDTH))
            pair, single = (torch.randn(ROWS, *shape, generator=draw) for shape in shapes)
            return Pairs(pair, None, single)
        case "Future":  # of three channels, four steps
            return Future(*(torch.randn(ROWS, 3, size, generator=draw) for size in (WIDTH, 4)))
        case "Ends":
            return Ends(torch.randn(ROWS, WIDTH, generator=draw), torch.randn(9, WIDTH, generator=draw))
    shape = {Vector: (WIDTH,), Map: (WIDTH, 2, 3), Channels: (3, WIDTH)}[form]
    return form(torch.randn(ROWS, *shape, generator=draw))


def part(form: Any, rows: slice) -> Any:
    if isinstance(form, Pyramid):
        return Pyramid(tuple(level[rows] for level in form.levels))
    return replace(form, **{name: x[rows] for name, x in vars(form).items() if isinstance(x, Tensor)})


def set_up(kind: type, form: type, link: Any, settings: dict[str, object]) -> tuple[Any, Any, Any]:
    torch.manual_seed(0)
    draw = torch.Generator().manual_seed(1)
    sits = EXAM[kind, link]
    head = head_for(Asked(sits.kind, WIDTH, link=link, **settings), form, link)
    given = features(form, draw)
    if kind is Node and form is Nodes:  # rows are about some of the nodes of one graph
        given = replace(given, x=given.x[:9], picked=torch.arange(ROWS))
    return head, given, sits.target(draw)


def test_every_head_sits_the_exam():
    assert {(kind, link) for kind, _, link, _ in HEADS} == set(EXAM)


@every
def test_the_loss_is_a_finite_mean_with_its_count(kind, form, link, settings):
    head, given, target = set_up(kind, form, link, settings)
    loss, count = head.loss(given, target)
    assert (loss.shape, loss.dtype, count) == ((), torch.float32, EXAM[kind, link].count(target))
    assert loss.isfinite()
    assert loss >= EXAM[kind, link].least


@every
def test_every_parameter_gets_a_gradient(kind, form, link, settings):
    head, given, target = set_up(kind, form, link, settings)
    if list(head.parameters()):
        head.loss(given, target)[0].backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


@every
def test_the_decoding_has_the_shape_and_range_of_its_kind(kind, form, link, settings):
    sits = EXAM[kind, link]
    head, given, _ = set_up(kind, form, link, settings)
    rows = as_rows(head.decode(given, 1.5) if sits.shape is not None else head.decode(given))
    assert len(rows) == ROWS
    for row in rows:
        if sits.shape is not None:
            assert row.shape[row.ndim - len(sits.shape) :] == sits.shape
        if sits.shares:
            assert ((row >= 0) & (row <= 1)).all()
            if kind is not Tags:
                assert abs(row.sum(-1) - 1).max() < 1e-5
    if link not in ("causal", "masked", "spans", "views", "paired"):
        assert len(sits.kind.decode(torch.from_numpy(rows) if hasattr(rows, "shape") else rows)) == ROWS


@every
def test_slices_weighed_by_their_counts_add_up_to_the_batch(kind, form, link, settings):
    head, given, target = set_up(kind, form, link, settings)
    if form not in SLICED:
        pytest.skip("a graph batch is cut before it comes to a form")
    if not EXAM[kind, link].alone:
        pytest.skip("rows answer for each other")
    whole, count = head.loss(given, target)
    cuts = ((0, 2), (2, 3), (3, ROWS))
    slices = [head.loss(part(given, slice(*ends)), cut(target, *ends)) for ends in cuts]
    assert sum(n for _, n in slices) == count
    assert_close(sum(loss * n for loss, n in slices) / count, whole, rtol=1e-5, atol=1e-6)


@every
def test_a_step_against_the_gradient_makes_the_loss_smaller(kind, form, link, settings):
    head, given, target = set_up(kind, form, link, settings)
    before = head.loss(given, target)[0]
    if not list(head.parameters()):
        pytest.skip("nothing in it is learned")
    before.backward()
    moved = copy.deepcopy(head)
    with torch.no_grad():
        for parameter, old in zip(moved.parameters(), head.parameters(), strict=True):
            parameter -= 0.01 * old.grad
    assert moved.loss(given, target)[0] < before


@every
def test_dropout_is_silent_when_it_is_judged(kind, form, link, settings):
    head, given, target = set_up(kind, form, link, {**settings, "drop": 0.5})
    torch.manual_seed(0)
    if any(isinstance(m, torch.nn.Dropout) for m in head.modules()):
        assert not torch.equal(head.loss(given, target)[0], head.loss(given, target)[0])
    head.eval()
    first, again = as_rows(head.decode(given)), as_rows(head.decode(given))
    assert all((one == other).all() for one, other in zip(first, again, strict=True))


class Held(nn.Module):
    """A body that has learned one number: the form it holds, so many times."""

    def __init__(self, head: Any, form: Any):
        super().__init__()
        self.head, self.form, self.scale = head, form, nn.Parameter(torch.ones(()))

    def forward(self, inputs: dict[str, Any], given: Any = None) -> Any:
        del inputs, given
        if isinstance(self.form, Pyramid):
            return Pyramid(tuple(level * self.scale for level in self.form.levels))
        return replace(self.form, x=self.form.x * self.scale)


@every
def test_a_training_that_was_stopped_ends_in_the_same_bits(kind, form, link, settings, stopped_or_not):
    _, given, target = set_up(kind, form, link, settings)
    sits = EXAM[kind, link]

    def make() -> Supervised:
        asked = Asked(sits.kind, WIDTH, link=link, **{**settings, "drop": 0.5})
        return Supervised(Held(head_for(asked, form, link), given), "y")

    stopped_or_not(make, lambda: Batch({}, {"y": target}, torch.arange(ROWS)))
