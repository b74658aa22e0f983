"""Several inputs at once: is what a sentence says true of a picture? Neither alone can tell; `fuse` reads both.

Here the pictures are made: a square or a cross, red or blue, with a sentence beside each in a CSV file.
Run it: python examples/23_pictures_and_words.py [steps]
"""

import csv
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300

draw = np.random.default_rng(0)
SAYINGS = ("there is a {} {}", "the picture shows a {} {}", "a {} {} is seen here")
COLOURS = {"red": (200, 30, 30), "blue": (30, 30, 200)}


def picture(colour: str, shape: str) -> Image.Image:
    """16 × 16 pixels with one shape somewhere on noise."""
    pixels = draw.integers(180, 256, (16, 16, 3)).astype(np.uint8)
    top, left = draw.integers(1, 9, 2)
    for i in range(6):
        for j in range(6):
            if shape == "square" or i in (2, 3) or j in (2, 3):
                pixels[top + i, left + j] = COLOURS[colour]
    return Image.fromarray(pixels)


Path("shapes").mkdir(exist_ok=True)
with open("shapes.csv", "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["picture", "sentence", "label"])
    for i in range(600):
        shown = (str(draw.choice(list(COLOURS))), str(draw.choice(["square", "cross"])))
        said = shown
        if i % 2:
            said = (str(draw.choice(list(COLOURS))), str(draw.choice(["square", "cross"])))
        picture(*shown).save(f"shapes/{i}.png")
        out.writerow([f"shapes/{i}.png", str(draw.choice(SAYINGS)).format(*said), "true" if said == shown else "false"])

run = lm.fit("shapes.csv", target="label", kinds={"sentence": "Text"}, steps=steps)  # few texts look like a category
print("accuracy", run.scores["accuracy"])

with open("new.csv", "w") as file:
    file.write("picture,sentence\nasked.png,there is a red square\nasked.png,there is a blue square\n")
picture("red", "square").save("asked.png")
for answer in run.predict("new.csv"):
    print(answer.value, round(max(answer.probabilities.values()), 3))
