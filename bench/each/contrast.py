"""Pictures without labels: views of 9,000 CIFAR-10 pictures, then a linear probe on what the body learned."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds

PICTURES = "cifar10/cifar10-subset.zip"
BODY = ("--set", "model.width=32", "--set", "model.depth=1", "--set", "model.stages=4")
PROBE = ("--set", "optimizer.name=adamw", "--set", "optimizer.rate=0.01", "--set", "head.smoothing=0")


def measure(bench: Bench) -> Iterator[Line]:
    """The probe is to be above a linear model of the pixels, fitted on the same rows."""
    views = bench.fit(str(DATA / PICTURES), "--objective", "simclr", *BODY, "--epochs", "25")
    yield over_seeds("cifar10, views among 128", "confused", [views], higher=False)
    probe = bench.fit(
        str(DATA / PICTURES), "--from", str(views.run), "--set", "train.freeze=body", *PROBE, "--epochs", "8"
    )
    pixels = float(probe.scores["baseline"]["linear"]["accuracy"]["value"])
    yield over_seeds("cifar10, linear probe", "accuracy", [probe], pixels)


ROW = Row("contrast", "pictures without labels", "cifar10, 9,000 and 2,000", 12, measure, (PICTURES,))
