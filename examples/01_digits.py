"""One call: from handwritten digits to a scored model, an answer and a report.

Run it: python examples/01_digits.py [steps]
"""

import sys

import numpy as np
from sklearn.datasets import load_digits

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 600

run = lm.fit("digits", steps=steps)  # kinds, split, model and plan are chosen, said and kept
print(run.verdict)
print("accuracy", run.scores["accuracy"])  # with its 95 % interval and the rows behind it

pictures = np.rint(load_digits().images[:3] * (255 / 16)).astype(np.uint8)  # (3, 8, 8)
for answer in run.predict(pictures):
    likely = max(answer.probabilities.values())
    print(f"row {answer.id}: a {answer.value}, {likely:.3f} sure")

print("report", run.report())
