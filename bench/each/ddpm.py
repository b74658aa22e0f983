"""Clothes of a class drawn by denoising: the share our own classifier recognises, and how far from real ones it is."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.gan import judged
from bench.each.row import Bench, Line, Row


def measure(bench: Bench) -> Iterator[Line]:
    """Diffusion, 25 steps a picture, guided."""
    yield from judged(bench, "ddpm", 15, 0.85)


ROW = Row("ddpm", "Category → Image", "fashion-mnist", 15, measure, ("fashion-mnist",))
