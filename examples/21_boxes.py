"""Things in pictures: pictures and an XML file of boxes for each, as Pascal VOC has them. Here they are drawn.

Run it: python examples/21_boxes.py [steps]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300

draw = np.random.default_rng(0)
root = Path("yard")
for name in ("JPEGImages", "Annotations"):
    (root / name).mkdir(parents=True)
for i in range(100):
    picture = Image.fromarray(draw.integers(60, 120, (72, 96, 3), dtype=np.uint8))
    pen, things = ImageDraw.Draw(picture), ""
    for _ in range(draw.integers(1, 4)):
        x, y, r = (int(v) for v in (*draw.integers(12, 60, 2), draw.integers(6, 12)))
        ball = draw.random() < 0.5
        (pen.ellipse if ball else pen.rectangle)((x - r, y - r, x + r, y + r), fill=(230, 120, 60))
        edges = {"xmin": x - r + 1, "ymin": y - r + 1, "xmax": x + r + 1, "ymax": y + r + 1}  # pixels count from 1
        box = "".join(f"<{side}>{min(v, 72) if side[0] == 'y' else v}</{side}>" for side, v in edges.items())
        things += f"<object><name>{'ball' if ball else 'crate'}</name><bndbox>{box}</bndbox></object>"
    picture.save(root / "JPEGImages" / f"{i}.jpg", quality=95)
    (root / "Annotations" / f"{i}.xml").write_text(f"<annotation>{things}</annotation>")

run = lm.fit(root, steps=steps)
print("average precision", run.scores["ap50"])
print("over all overlaps", run.scores["ap"])

# Each box found has a name, a score and its edges, in pixels of the picture as it came.
for thing in run.predict(root / "JPEGImages" / "0.jpg")[0].value[:4]:
    print(thing["label"], thing["score"], thing["box"])
