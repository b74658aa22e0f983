"""Acting in an environment: a pole is kept upright by policy gradients, beside chance and a straight line.

Run it: python examples/33_control.py [steps]      (needs the extra play: pip install 'lamina[play]')
"""

import json
import sys
from pathlib import Path

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 120

run = lm.fit("gym:CartPole-v1", steps=steps)
print("mean return of 100 episodes", run.scores["mean_return"])
for name, scores in run.all_scores()["baseline"].items():
    print(f"  {name}: {scores['mean_return']['value']:.1f}")

# What to do where the pole leans to the right, and where it leans to the left: place, speed, angle, turning.
seen = [[0.0, 0.0, 0.1, 0.5], [0.0, 0.0, -0.1, -0.5]]
Path("seen.jsonl").write_text("\n".join(json.dumps({"situation": row}) for row in seen))
for row, answer in zip(seen, run.predict("seen.jsonl"), strict=True):
    print(row, "→ push", ("left", "right")[answer.value], {k: round(v, 2) for k, v in answer.probabilities.items()})
