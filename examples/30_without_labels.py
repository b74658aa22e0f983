"""Learning from pictures without labels: know a picture again in another view of it, then learn classes from few rows.

The pictures are made: patterns of six sorts in any colour and at any place; only 48 have a label that is used.
Run it: python examples/30_without_labels.py [steps]
"""

import sys

import numpy as np

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 200

draw = np.random.default_rng(0)
SORTS = ("lines", "columns", "slanted", "checks", "rings", "specks")


def picture(sort: str) -> np.ndarray:
    """24 × 24 pixels of a pattern between two colours, on a little noise."""
    y, x = np.mgrid[:24, :24] + draw.uniform(0, 24, 2)[:, None, None]
    wave = draw.uniform(0.9, 1.3)
    drawn = {
        "lines": np.sin(wave * y),
        "columns": np.sin(wave * x),
        "slanted": np.sin(wave * (x + y) / 1.4),
        "checks": np.sin(wave * x) * np.sin(wave * y),
        "rings": np.sin(wave * np.hypot(x - 24, y - 24)),
        "specks": draw.normal(0, 1, (24, 24)),
    }[sort] > 0
    one, other = draw.uniform(0, 255, (2, 3))
    return (np.where(drawn[..., None], one, other) + draw.normal(0, 12, (24, 24, 3))).clip(0, 255).astype(np.uint8)


labels = draw.choice(SORTS, 1500)
pictures = np.stack([picture(sort) for sort in labels])

# No label is looked at here: two views of each picture are to find each other among all the others.
views = lm.fit({"image": pictures}, target="none", objective="simclr", steps=steps, settings=("model.width=8",))
print("taken for another picture", views.scores["confused"])

few, rest = {"image": pictures[:48], "label": labels[:48]}, {"image": pictures[48:], "label": labels[48:]}
frozen = ("train.freeze=body", "optimizer.name=adamw", "optimizer.rate=0.02")
probe = lm.fit(few, target="label", start=str(views.path), steps=steps, settings=frozen)
alone = lm.fit(few, target="label", steps=steps, settings=("model.width=8",))
for name, run in (("a head on what views taught", probe), ("the same net, from the 48 alone", alone)):
    print(f"{name}: {run.score(rest)['accuracy'].value:.3f} right of {len(labels) - 48:,} others")
