"""What a run is for, by what it answers."""

from __future__ import annotations

import pytest

from lamina.kinds import KINDS
from lamina.metrics.table import SCORES
from lamina.report.files import Column
from lamina.report.uses import FILED, NEW, USES, uses


def first(given: tuple[str, ...], target: str, link: str = "aligned") -> str:
    fields = [
        *(Column(kind.lower(), "input", kind=kind) for kind in given),
        Column("y", "target", kind=target, link=link),
    ]
    return uses(fields)[0].command("my runs/a")


@pytest.mark.parametrize(
    ("given", "target", "link", "said"),
    [
        (("Image",), "Category", "aligned", "lamina predict 'my runs/a' new.jpg"),
        (("Number", "Category"), "Number", "aligned", "lamina predict 'my runs/a' new.csv"),
        (("Audio",), "Text", "ctc", "lamina predict 'my runs/a' new.wav"),
        (("Text",), "Text", "causal", "lamina sample 'my runs/a' 'Once'"),
        (("Category",), "Image", "made", "lamina sample 'my runs/a' --out new.png"),
        ((), "Image", "made", "lamina sample 'my runs/a' --out new.png"),
        (("Image",), "Text", "paired", "lamina predict 'my runs/a' new.csv"),
        (("Image",), "Image", "views", "lamina fit FEW --from 'my runs/a'"),
    ],
)
def test_the_first_thing_one_does_with_a_run(given, target, link, said):
    assert first(given, target, link) == said


def test_what_is_known_is_known_by_the_names_of_kinds_and_links():
    assert {f"{kind}:{link}" for kind, link in USES} <= set(SCORES)
    assert set(NEW) | set(FILED) <= set(KINDS)
    assert all(use.python and use.says for some in USES.values() for use in some)


@pytest.mark.parametrize(
    ("kind", "link", "figure"),
    [("Text", "causal", "nats a token"), ("Text", "masked", "nats a token"), ("Image", "same", "squared error")],
)
def test_numbers_that_are_no_answers_have_a_name(kind, link, figure):
    fields = [Column("x", "input", kind=kind), Column("x", "target", kind=kind, link=link)]
    assert [use.figure for use in uses(fields) if use.words.startswith("predict")] == [figure]
