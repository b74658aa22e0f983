"""The page of growth: its fits, and that its plots are there and stand alone."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bench.growth_page import figure, fitted

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(("fixed", "each", "power"), [(2.0, 3.0, 1.0), (0.0, 0.5, 2.0), (5.0, 0.01, 1.4)])
def test_a_fit_finds_what_a_cost_was_made_of(fixed, each, power):
    fit = fitted([(n, fixed + each * n**power) for n in (1.0, 4.0, 16.0, 64.0, 256.0)])
    assert (fit.fixed, fit.each, fit.power) == pytest.approx((fixed, each, power), abs=1e-6)
    assert fit.miss < 1e-6


def test_a_fit_has_no_part_below_zero():
    assert fitted([(n, n**1.5 - 0.9) for n in (1.0, 2.0, 4.0, 8.0)]).fixed == 0.0


def test_figures_are_three():
    assert [figure(value) for value in (0.0, 0.01234, 12.345, 1234.5)] == ["0", "0.0123", "12.3", "1,234"]


def test_every_plot_is_there_and_asks_nothing_of_the_outside():
    plots = set(re.findall(r"\((growth/[a-z-]+\.svg)\)", (DOCS / "growth.md").read_text()))
    assert plots == {f"growth/{path.name}" for path in (DOCS / "growth").iterdir()}
    for name in plots:
        text = (DOCS / name).read_text()
        assert ElementTree.fromstring(text).tag.endswith("svg")
        assert not re.search(r"href|url\(|<script", text)
