"""Pictures made larger: a net learns to give pictures back from copies a third as large. Here they are drawn.

Run it: python examples/22_restore.py [steps]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300

draw = np.random.default_rng(0)
root = Path("drawings")
root.mkdir()
for i in range(60):
    width, height = (int(v) for v in draw.integers(60, 100, 2))  # pictures keep their sizes
    picture = Image.new("RGB", (width, height), tuple(int(v) for v in draw.integers(0, 256, 3)))
    pen = ImageDraw.Draw(picture)
    for _ in range(8):
        corners = [(int(x), int(y)) for x, y in draw.integers(-10, 110, (3, 2))]
        pen.polygon(corners, fill=tuple(int(v) for v in draw.integers(0, 256, 3)))
    picture.save(root / f"{i}.png")

run = lm.fit(root, steps=steps, settings=["data.shrink=3"])
print("psnr in dB", run.scores["psnr"])
print("ssim", run.scores["ssim"])
print(run.verdict)  # beside cubic interpolation

# A picture that is given is made three times as large; nothing is made smaller first.
answer = run.predict(root / "0.png")[0]
with Image.open(root / "0.png") as given:
    print(given.size, "->", Image.fromarray(answer.value).size)
