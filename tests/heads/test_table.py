"""The table of heads answers for what it lists, and says what it does not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lamina.errors import PlanError
from lamina.forms import Vector
from lamina.heads import Asked, CategoryHead, NumberHead, TagsHead, head_for
from lamina.kinds import Category, Image, Number, Tags


@pytest.mark.parametrize(
    ("kind", "head", "outputs"),
    [
        (Category(labels=("a", "b", "c"), counts=(1, 2, 3)), CategoryHead, 3),
        (Tags(labels=("a", "b")), TagsHead, 2),
        (Number(), NumberHead, 1),
    ],
)
def test_a_kind_gets_its_head_in_its_size(kind, head, outputs):
    made = head_for(Asked(kind, 5, drop=0.25), Vector)
    assert type(made) is head
    assert made.out.weight.shape == (outputs, 5)
    assert made.drop.p == 0.25


def test_a_kind_that_goes_by_another_name_gets_the_head_of_its_family():
    @dataclass(frozen=True)
    class Grade(Category):
        pass

    assert type(head_for(Asked(Grade(labels=("a", "b")), 5), Vector)) is CategoryHead


def test_balance_weighs_by_the_counts_of_the_kind():
    kind = Category(labels=("a", "b"), counts=(30, 10))
    assert head_for(Asked(kind, 5), Vector).weights is None
    assert head_for(Asked(kind, 5, balance=True), Vector).weights.tolist() == pytest.approx([2 / 3, 2.0])


@pytest.mark.parametrize(("kind", "link"), [(Image(), "aligned"), (Number(), "causal")])
def test_what_no_head_answers_is_said_with_what_there_is(kind, link):
    with pytest.raises(PlanError, match=rf"no head answers {type(kind).__name__} .* {link}[^$]*Category \(aligned\)"):
        head_for(Asked(kind, 5), Vector, link)
