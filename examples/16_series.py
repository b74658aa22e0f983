"""Series by class: which machine hums how. The files are as the UCR and UEA archives have them: _TRAIN.ts and _TEST.ts.

Here the series are made: two channels of a smooth wave, of one with spikes, of one that drifts.
Run it: python examples/16_series.py [steps]
"""

import sys
from pathlib import Path

import numpy as np

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300

draw = np.random.default_rng(0)
HEAD = "@problemName hum\n@univariate false\n@dimensions 2\n@classLabel true smooth spiky drifting\n@data\n"


def line(label: str) -> str:
    """One series, 64 steps of two channels, as a line of the file."""
    at = np.arange(64)
    wave = np.sin(at / draw.uniform(2, 4) + draw.uniform(0, 6)) + draw.normal(0, 0.3, 64)
    if label == "spiky":
        wave[draw.integers(0, 64, 3)] += 3
    other = 0.5 * wave + (0.04 * at if label == "drifting" else 0) + draw.normal(0, 0.3, 64)
    return ":".join([",".join(f"{x:.3f}" for x in channel) for channel in (wave, other)] + [label])


folder = Path("hum")
folder.mkdir(exist_ok=True)
for part, count in (("TRAIN", 90), ("TEST", 60)):
    rows = [line(("smooth", "spiky", "drifting")[i % 3]) for i in range(count)]
    (folder / f"hum_{part}.ts").write_text(HEAD + "\n".join(rows) + "\n")

run = lm.fit(folder, steps=steps)
print("accuracy", run.scores["accuracy"])

# New series, with or without a label: the most likely class of each.
(folder / "new.ts").write_text(HEAD + "\n".join(line("drifting") for _ in range(3)) + "\n")
for answer in run.predict(folder / "new.ts"):
    print(answer.id, answer.value, round(max(answer.probabilities.values()), 3))
