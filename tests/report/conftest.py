"""Example runs for the page: an image classifier, a table with a number to answer, and tags.

What is the same every time stands in examples.json; curves, counts and pictures are made here.
"""

from __future__ import annotations

import io
import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

EXAMPLES = json.loads((Path(__file__).parent / "examples.json").read_text(encoding="utf-8"))


class Folder:
    """A plain folder read as a run."""

    def __init__(self, root: Path):
        self.root = root

    def has(self, name: str) -> bool:
        return (self.root / name).is_file()

    def read_json(self, name: str) -> Any:
        return json.loads(self.read_bytes(name))

    def read_bytes(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def put(self, name: str, value: Any) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())

    def change(self, name: str, /, **values: Any) -> None:
        self.put(name, {**self.read_json(name), **values})


@pytest.fixture
def example(tmp_path: Path) -> Callable[[str], Folder]:
    """A finished run of the problem "images", "table" or "tags"."""

    def make(problem: str) -> Folder:
        return build(Folder(tmp_path / problem), problem)

    return make


@pytest.fixture
def empty(tmp_path: Path) -> Folder:
    """A run that holds no file yet."""
    return Folder(tmp_path / "empty")


def build(run: Folder, problem: str) -> Folder:
    rng = random.Random(0)
    for name, value in {**EXAMPLES["common"], **EXAMPLES[problem]}.items():
        run.put(name, value)
    scores = run.read_json("scores.json")
    main = scores["main"]
    detail = scores["detail"]
    if problem == "images":
        detail |= confusion(rng)
        for i, mistake in enumerate(run.read_json("exhibits/exhibits.json")["mistakes"]):
            run.put(f"exhibits/{i}.png", digit(mistake["truth"], i))
    if problem == "tags":
        run.put("exhibits/0.png", digit("?", 3, side=240))
    if problem == "table":
        truth = [round(math.exp(rng.gauss(12.5, 0.5))) for _ in range(400)]
        detail["scatter"] = {"truth": truth, "answer": [round(t * math.exp(rng.gauss(0, 0.12))) for t in truth]}
    else:
        detail["reliability"] = reliability(rng)
    run.put("scores.json", scores)
    run.put("log.jsonl", "".join(json.dumps(line) + "\n" for line in log(main, rng)).encode())
    return run


def confusion(rng: random.Random) -> dict[str, Any]:
    labels = [str(d) for d in range(10)]
    counts = [[0] * 10 for _ in range(10)]
    for i in range(10):
        for _ in range(54):
            counts[i][i if rng.random() < 0.95 else rng.choice([(i + 5) % 10, (i + 2) % 10, 8])] += 1
    per_class = []
    for i, label in enumerate(labels):
        precision, recall = counts[i][i] / sum(row[i] for row in counts), counts[i][i] / sum(counts[i])
        f1 = 2 * precision * recall / (precision + recall)
        per_class.append({"label": label, "precision": precision, "recall": recall, "f1": f1, "n": sum(counts[i])})
    return {"confusion": {"labels": labels, "counts": counts}, "per_class": per_class}


def reliability(rng: random.Random) -> dict[str, Any]:
    bins = [(0.35, 4), (0.45, 9), (0.55, 14), (0.65, 20), (0.75, 31), (0.85, 62), (0.96, 400)]
    before = [{"confidence": c, "accuracy": max(0.0, c - 0.14 + rng.gauss(0, 0.02)), "n": n} for c, n in bins]
    after = [{"confidence": c, "accuracy": min(1.0, c + rng.gauss(0, 0.02)), "n": n} for c, n in bins]
    return {"before": before, "after": after}


def log(main: str, rng: random.Random) -> list[dict[str, Any]]:
    lines = []
    for i in range(1, 41):
        fall = math.exp(-i / 9)
        held = {"accuracy": 0.978 - 0.6 * fall, "macro_f1": 0.68 - 0.5 * fall, "rmse": 47100 + 160000 * fall}[main]
        valid = {main: held * (1 + rng.gauss(0, 0.002))}
        if main != "rmse":
            valid["log_loss"] = 0.08 + 2.1 * fall + max(0, i - 30) * 0.004
        rate = 0.003 * (i / 4 if i < 4 else 0.5 + 0.5 * math.cos(math.pi * (i - 4) / 36))
        loss = 0.03 + 2.2 * fall + rng.gauss(0, 0.02)
        line = {"step": 50 * i, "epoch": i * 0.5, "share": i / 40, "loss": loss, "rate": rate}
        lines.append({**line, "valid": valid, "best": i in (20, 31)})
    return lines


def digit(text: str, turn: int, side: int = 28) -> bytes:
    made = Image.new("L", (side, side), 12)
    ImageDraw.Draw(made).text((side * 0.3, side * 0.1), text, fill=240, font_size=side * 0.7)
    kept = io.BytesIO()
    made.rotate(11 * turn - 25).save(kept, "PNG")
    return kept.getvalue()
