"""Pictures from a third of their side: luminance PSNR on Set5, learned from T91, within 6 minutes."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """The mean of two seeds."""
    words = [str(DATA / "sr" / "T91"), "--test", str(DATA / "sr" / "Set5"), "--set", "data.shrink=3"]
    runs = [bench.fit(*words, "--minutes", bench.minutes(6), seed=seed) for seed in (0, 1)]
    yield over_seeds("Set5 from a third of its side", "psnr", runs, 32.8)
    yield over_seeds("Set5 from a third of its side", "ssim", runs)


ROW = Row("restore", "Image → Image", "T91 and Set5", 6, measure, ("sr",))
