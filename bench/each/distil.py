"""A student of a tenth of its teacher's weights, on clothes: within a point of it, beside one taught alone."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds

CLOTHES = str(DATA / "fashion-mnist")
PLAIN = ("--set", "head.smoothing=0")  # smoothed answers would take from the lesson what classes have in common
SMALL = ("--set", "model.width=10")  # 28,680 weights where the teacher has 288,170


def measure(bench: Bench) -> Iterator[Line]:
    """Teacher, student, and a net of the student's size that learns from answers alone."""
    minutes = ("--minutes", bench.minutes(5))
    teacher = bench.once(CLOTHES, *minutes, *PLAIN)
    yield over_seeds("teacher", "accuracy", [teacher])
    words = (*minutes, *SMALL)
    student = bench.fit(CLOTHES, "--objective", "distil", "--teacher", str(teacher.run), *words)
    yield over_seeds("student, a tenth the size", "accuracy", [student], teacher.value("accuracy") - 0.01)
    yield over_seeds("as small, taught by answers", "accuracy", [bench.fit(CLOTHES, *words)])


ROW = Row("distil", "Image → Category", "fashion-mnist", 6, measure, ("fashion-mnist",))
