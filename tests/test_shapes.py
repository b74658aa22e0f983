"""The shape line of a docstring is read as it is meant."""

from __future__ import annotations

import pytest

from lamina.shapes import ShapeLine, shape_line, solve


@pytest.mark.parametrize(
    ("doc", "given", "gives"),
    [
        ("(B, T, D) -> (B, T, D)", ("B", "T", "D"), ("B", "T", "D")),
        ("Says.\n\n    (B, N) -> (B, D)      D = N + 1\n", ("B", "N"), ("B", "D")),
        ("pixels (B, C, H, W) -> Map (B, D, H / 2, W / 2)", ("B", "C", "H", "W"), ("B", "D", "H / 2", "W / 2")),
        ("(B, (S / 2) ** 2) -> (B, 2 * D)", ("B", "(S / 2) ** 2"), ("B", "2 * D")),
        ("(B)->(B)", ("B",), ("B",)),
    ],
)
def test_a_shape_line_is_found(doc, given, gives):
    assert shape_line(doc) == ShapeLine(given, gives)


@pytest.mark.parametrize("doc", ["", "Makes x from y.", "Mix it. (B, D) -> (B, D)", "(b, d) -> (b, d)", "(B, D)"])
def test_prose_is_no_shape_line(doc):
    assert shape_line(doc) is None


def test_the_first_line_counts():
    assert shape_line("(B) -> (T)\n(B) -> (D)").gives == ("T",)


def test_sizes_are_worked_out():
    sizes = {"B": 3, "S": 9, "D": 4, "K": 2}
    assert solve(("B", "S / 2", "2 * D", "D - 1", "D ** 2", "7"), sizes) == (3, 5, 8, 3, 16, 7)
    assert solve(("S - D - K",), sizes) == (3,)
    assert solve(("D + S * K",), sizes) == (22,)


def test_an_unknown_letter_is_an_error():
    with pytest.raises(KeyError):
        solve(("Q",), {"B": 1})
