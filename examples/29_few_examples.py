"""Learning to learn from few examples: a net that tells signs apart which it never saw, by one example of each.

Here the signs are made: each is a few strokes, drawn a little differently every time.
Run it: python examples/29_few_examples.py [steps]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 100

draw = np.random.default_rng(0)


def sign() -> np.ndarray:
    """A sign: the corners of three strokes, two to four each."""
    return draw.uniform(4, 24, (3, 3, 2))


def drawn(strokes: np.ndarray) -> Image.Image:
    """A sign as a hand draws it: moved, and each corner a little off."""
    picture = Image.new("L", (28, 28), 255)
    for stroke in strokes + draw.normal(0, 1.5, strokes.shape) + draw.normal(0, 0.7, 2):
        ImageDraw.Draw(picture).line([(float(x), float(y)) for x, y in stroke], fill=0, width=2)
    return picture


for label in range(80):
    strokes = sign()
    Path(f"signs/{label:02d}").mkdir(parents=True, exist_ok=True)
    for i in range(10):
        drawn(strokes).save(f"signs/{label:02d}/{i}.png")

run = lm.fit("signs", objective="prototypes", steps=steps)  # the classes of the test part are new ones
print("error", run.scores["error"])

# An episode of five signs that nobody has seen: one example each in training/, one to be asked in test/.
for folder in ("asked/training", "asked/test"):
    Path(folder).mkdir(parents=True, exist_ok=True)
for name in ("anchor", "arrow", "house", "key", "moon"):
    strokes = sign()
    drawn(strokes).save(f"asked/training/{name}.png")
    drawn(strokes).save(f"asked/test/new-{name}.png")
for answer in run.predict("asked"):
    if "test" in answer.id:
        print(answer.id, answer.value, round(max(answer.probabilities.values()), 3))
