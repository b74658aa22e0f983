"""A text learned from itself, character by character, and written on..

Run it: python examples/09_language.py [steps]
"""

import sys
from pathlib import Path

import sklearn.datasets

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 150

# a few descriptions of data sets that come with scikit-learn: some tens of kilobytes of English
folder = Path(sklearn.datasets.__file__).parent / "descr"
Path("corpus.txt").write_text("\n".join(path.read_text() for path in sorted(folder.glob("*.rst"))))

small = ("model.width=64", "model.depth=2", "data.length=64")
run = lm.fit("corpus.txt", steps=steps, settings=small)
print("nats a character", run.scores["nats"])
print(run.verdict)
for piece in run.write("The data ", 120, seed=1):  # pieces come as they are drawn
    print(piece, end="", flush=True)
print()
