"""A table: a CSV file in, a class out; columns are typed, and new rows need no target column.

Run it: python examples/02_table.py [steps]
"""

import sys
from pathlib import Path

from sklearn.datasets import load_breast_cancer

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 600

frame = load_breast_cancer(as_frame=True).frame
frame["target"] = frame["target"].map({0: "malignant", 1: "benign"})
folder = Path("tumours")
folder.mkdir(exist_ok=True)
frame.to_csv(folder / "tumours.csv", index=False)

run = lm.fit(folder / "tumours.csv", target="target", steps=steps)
for name in ("accuracy", "auc", "log_loss"):
    print(f"{name:<9} {run.scores[name]}")

# New rows: columns are matched by name, in any order; what is odd is answered with a warning.
new = frame.drop(columns="target").head(3).copy()
new.loc[1, "mean radius"] = 5000.0
for answer in run.predict(new):
    print(answer.id, answer.value, *answer.warnings)
