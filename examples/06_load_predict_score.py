"""A run is a directory: move it, load it elsewhere, ask it, score it on other rows, set two runs side by side.

Run it: python examples/06_load_predict_score.py [steps]
"""

import shutil
import sys
from pathlib import Path

from sklearn.datasets import load_wine

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300

wine = load_wine(as_frame=True).frame
old, new = wine.iloc[::2], wine.iloc[1::2]  # the second half stands for what comes later

first = lm.fit(old, target="target", steps=steps)
second = lm.fit(old, target="target", steps=steps, model="mlp", settings=("model.width=16",))

home = Path("kept")
home.mkdir(exist_ok=True)
moved = shutil.move(first.path, home / first.path.name)  # nothing in a run points outside it
first = lm.load(moved)

for name, run in (("as chosen", first), ("16 wide", second)):
    locked, later = run.scores["log_loss"], run.score(new)["log_loss"]
    print(f"{name}: log loss {locked} on the locked test rows, {later} on later ones")

answer = first.predict(new.drop(columns="target").head(1))[0]
print("one answer:", answer.value, {label: round(p, 3) for label, p in answer.probabilities.items()})
print("verdict:", first.verdict)
