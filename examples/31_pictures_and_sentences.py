"""Pictures and what is said of them: two towers that end in one space, so that new classes are named by a sentence.

The pictures are made: a shape in a colour. Four pairs of the two, such as a green square, are never shown in training.
Run it: python examples/31_pictures_and_sentences.py [steps]
"""

import csv
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 200

draw = np.random.default_rng(0)
COLOURS = {
    "red": (220, 40, 40),
    "green": (40, 190, 40),
    "blue": (40, 40, 220),
    "brown": (120, 70, 20),
    "black": (20, 20, 20),
}
SHAPES = ("square", "circle", "triangle", "ring")
NEW = (("green", "square"), ("red", "circle"), ("blue", "triangle"), ("brown", "ring"))


def picture(colour: str, shape: str) -> Image.Image:
    """16 × 16 pixels with a shape somewhere on noise."""
    made = Image.fromarray(draw.integers(200, 256, (16, 16, 3)).astype(np.uint8))
    x, y = (int(v) for v in draw.integers(1, 7, 2))
    pen, box = ImageDraw.Draw(made), (x, y, x + 8, y + 8)
    if shape == "triangle":
        pen.polygon([(x, y + 8), (x + 8, y + 8), (x + 4, y)], fill=COLOURS[colour])
    else:
        draws = pen.rectangle if shape == "square" else pen.ellipse
        draws(box, fill=None if shape == "ring" else COLOURS[colour], outline=COLOURS[colour], width=2)
    return made


Path("drawn").mkdir(exist_ok=True)
rows: dict[str, list[tuple[str, str]]] = {"said.csv": [], "new.csv": []}
for i in range(1200):
    shown = (str(draw.choice(list(COLOURS))), str(draw.choice(SHAPES)))
    picture(*shown).save(f"drawn/{i}.png")
    rows["new.csv" if shown in NEW else "said.csv"].append((f"drawn/{i}.png", f"a {shown[0]} {shown[1]}"))
for name, lines in rows.items():
    with open(name, "w", newline="") as file:
        csv.writer(file).writerows([("picture", "sentence"), *lines])

run = lm.fit("said.csv", target="sentence", objective="clip", steps=steps, settings=("model.width=16",))
print("accuracy", run.scores["accuracy"])

found = run.score("new.csv")["accuracy"]
print(f"sentences never seen, four to choose among: {found}")
for answer in run.predict("new.csv")[:3]:
    print(answer.id, answer.value, round(max(answer.probabilities.values()), 3))
