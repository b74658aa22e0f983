"""Pre-training on texts without labels, by hiding words, then fine-tuning on the few that have one.

Run it: python examples/10_masked.py [steps]
"""

import sys

import numpy as np
import pandas as pd

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 200

draw = np.random.default_rng(0)
WARM, COLD = ["sun", "sand", "palm", "heat", "beach"], ["snow", "ice", "frost", "wind", "sledge"]


def sentence(warm: bool) -> str:
    """Words of one season, in any order, between words of none."""
    picked = draw.choice(WARM if warm else COLD, 3, replace=False)
    return f"we saw {picked[0]} and {picked[1]} and then {picked[2]}"


texts = pd.DataFrame({"text": [sentence(draw.random() < 0.5) for _ in range(2000)]})
warm = draw.random(150) < 0.5
few = pd.DataFrame({"text": [sentence(w) for w in warm], "season": np.where(warm, "summer", "winter")})

small = ("model.width=32", "model.depth=1")
asked = {"kinds": {"text": "Text"}, "settings": small}  # few different sentences would pass for a category
taught = lm.fit(texts, target="none", objective="masked", steps=steps, **asked)
print("hidden words", taught.scores["nats"], "nats each")

plain = lm.fit(few, target="season", model="bert", steps=20, **asked)
tuned = lm.fit(few, target="season", model="bert", steps=20, **asked, start=str(taught.path))
for name, run in (("from scratch", plain), ("after pre-training", tuned)):
    print(name, run.scores["accuracy"])
