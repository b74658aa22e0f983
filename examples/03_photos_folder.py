"""A folder of pictures, one folder for each class: what most photo collections look like.

Run it: python examples/03_photos_folder.py [steps]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 400

digits = load_digits()
root = Path("photos")
for i, (pixels, label) in enumerate(zip(digits.images[:600], digits.target[:600], strict=True)):
    folder = root / f"digit-{label}"
    folder.mkdir(parents=True, exist_ok=True)
    grey = np.rint(pixels * (255 / 16)).astype(np.uint8)  # (8, 8)
    Image.fromarray(grey).resize((24, 24)).save(folder / f"{i}.png")

run = lm.fit(root, steps=steps)  # the folders' names are the classes
print("accuracy", run.scores["accuracy"])

# A damaged picture does not stop the others: its row says what is wrong with it.
(Path("new")).mkdir(exist_ok=True)
(Path("new") / "broken.png").write_text("<html>not found</html>")
Image.open(root / "digit-3" / "3.png").save("new/three.png")
for answer in run.predict("new"):
    print(answer.id, answer.problem or answer.value)
