"""Pictures and words: clothing with a sentence for each class, three classes held out and told by their sentences."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.each.row import DATA, Bench, Line, Row, over_seeds

SENTENCES = {
    "dress": "worn on the whole body, one piece, falls loosely below the waist",
    "hat": "worn on the head, round, with a brim",
    "longsleeve": "worn on the upper body, soft, with long sleeves, no collar",
    "outwear": "worn on the upper body, thick, with long sleeves, opens at the front",
    "pants": "worn on the lower body, two long legs",
    "shirt": "worn on the upper body, with long sleeves, collar and buttons, opens at the front",
    "shoes": "worn on the feet, a pair",
    "shorts": "worn on the lower body, two short legs",
    "skirt": "worn on the lower body, one piece, falls loosely below the waist",
    "t-shirt": "worn on the upper body, soft, with short sleeves, no collar",
}
UNSEEN = ("longsleeve", "shorts", "skirt")
PARTS = {"train": "train", "validation": "valid", "test": "test"}


def tables(source: Path, root: Path) -> tuple[Path, Path]:
    """Tables of seen classes, seen.train.csv and so on, by the name they share, and a table of the unseen ones."""
    rows: dict[str, list[tuple[str, str]]] = {}
    for folder, part in PARTS.items():
        for label, sentence in SENTENCES.items():
            shutil.copytree(source / folder / label, root / folder / label)
            name = "unseen.csv" if label in UNSEEN else f"seen.{part}.csv"
            files = sorted((root / folder / label).iterdir())
            rows.setdefault(name, []).extend((f"{folder}/{label}/{file.name}", sentence) for file in files)
    for name, lines in rows.items():
        with (root / name).open("w", newline="") as out:
            csv.writer(out).writerows([("picture", "sentence"), *lines])
    return root / "seen", root / "unseen.csv"


def measure(bench: Bench) -> Iterator[Line]:
    """Seen classes among seven sentences, unseen ones among their three."""
    seen, unseen = tables(DATA / "clothing-small", bench.folder / "clothes")
    run = bench.fit(str(seen), "--objective", "clip", "--target", "sentence")
    yield over_seeds("clothing, 7 seen classes", "accuracy", [run])
    command = [sys.executable, "-m", "lamina", "score", str(run.run), str(unseen), "--json"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["scores"]["accuracy"]
    yield Line("clothing, 3 unseen, chance 0.333", "accuracy", found["value"], found["low"], found["high"])


ROW = Row("clip", "pictures and words", "clothing-small, a sentence a class", 8, measure, ("clothing-small",))
