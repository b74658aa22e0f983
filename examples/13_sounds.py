"""Sounds by class: a folder for each class, as with pictures. Here they are made: rising, falling and steady tones.

Run it: python examples/13_sounds.py [steps]
"""

import sys
import wave
from pathlib import Path

import numpy as np

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 200

RATE = 8000
draw = np.random.default_rng(0)
root = Path("tones")
for i in range(150):
    label, seconds = ("rising", "falling", "steady")[i % 3], draw.uniform(0.3, 0.6)
    start, slope = draw.uniform(300, 1500), {"rising": 1500, "falling": -1500, "steady": 0}[label]
    at = np.arange(int(seconds * RATE)) / RATE
    pitch = start + (1500 if label == "falling" else 0) + slope * at  # hertz, at each moment
    tone = np.sin(2 * np.pi * np.cumsum(pitch) / RATE) + draw.normal(0, 0.3, len(at))
    (root / label).mkdir(parents=True, exist_ok=True)
    with wave.open(str(root / label / f"{i}.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((tone * 8000).astype("<i2").tobytes())

run = lm.fit(root, steps=steps)
print("accuracy", run.scores["accuracy"])
for answer in run.predict(root / "falling")[:3]:
    print(answer.id, answer.value, round(max(answer.probabilities.values()), 3))

# A file that was cut in half does not pass for a whole one.
whole = (root / "steady" / "2.wav").read_bytes()
Path("half.wav").write_bytes(whole[: len(whole) // 2])
print(run.predict("half.wav")[0].problem)
