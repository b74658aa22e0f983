"""A bound on how likely digits and clothes are, in nats a picture, each pixel black or white by chance."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds


def measure(bench: Bench) -> Iterator[Line]:
    """Both bounds, beside pixels that are drawn alone."""
    for name, words in (("digits", ["digits"]), ("clothes", [str(DATA / "fashion-mnist")])):
        run = bench.fit(*words, "--objective", "vae", "--minutes", bench.minutes(5 if name == "clothes" else 1))
        alone = float(run.scores["baseline"]["independent pixels"]["nats"]["value"])
        yield over_seeds(f"{name}, one code", "nats", [run], alone, higher=False)
        yield over_seeds(f"{name}, 50 codes", "nats_weighed", [run], alone, higher=False)


ROW = Row("vae", "nothing → Image", "digits, fashion-mnist", 5, measure, ("fashion-mnist",))
