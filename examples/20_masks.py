"""A class for every pixel: `images/` beside `masks/`, a mask for each picture. Here they are drawn: discs and squares.

Run it: python examples/20_masks.py [steps]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import lamina as lm
from lamina.errors import LaminaError

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 150

draw = np.random.default_rng(0)
root = Path("shapes")
for name in ("images", "masks"):
    (root / name).mkdir(parents=True)
for i in range(80):
    picture = Image.fromarray(draw.integers(90, 130, (48, 48, 3), dtype=np.uint8))  # a grey, noisy ground
    mask = Image.new("L", (48, 48), 0)  # 0 is the ground, 1 a disc, 2 a square
    for _ in range(3):
        x, y, r = (int(v) for v in (*draw.integers(6, 42, 2), draw.integers(4, 9)))
        disc, shade = draw.random() < 0.5, tuple(int(v) for v in draw.integers(140, 230, 3))
        for canvas, ink in ((picture, shade), (mask, 1 if disc else 2)):
            pen = ImageDraw.Draw(canvas)
            (pen.ellipse if disc else pen.rectangle)((x - r, y - r, x + r, y + r), fill=ink)
    picture.save(root / "images" / f"{i}.png")
    mask.save(root / "masks" / f"{i}.png")

run = lm.fit(root, steps=steps)
print("mean dice", run.scores["dice"])
print("overlap", run.scores["iou"])

# The answer for a picture is an array as large as the picture is, whatever side the net has seen it at.
Image.open(root / "images" / "0.png").resize((120, 96)).save("large.png")
answer = run.predict("large.png")[0]
print("classes", np.unique(answer.value).tolist(), "in", answer.value.shape)

# A mask of another size than its picture is found before anything is learned.
Image.new("L", (20, 48)).save(root / "masks" / "7.png")
try:
    lm.fit(root, out="runs/never", steps=1)
except LaminaError as error:
    print(error)
