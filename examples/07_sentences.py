"""Sentences with a label each, from a table. Here they are made: what matters is a word that turns another round.

Run it: python examples/07_sentences.py [steps]
"""

import sys

import numpy as np
import pandas as pd

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300

draw = np.random.default_rng(0)
THINGS, GOOD, BAD = (
    ["film", "plot", "cast", "score"],
    ["fine", "warm", "bright", "clever"],
    ["dull", "cold", "weak", "flat"],
)
rows = []
for _ in range(800):
    good, turned = draw.random() < 0.5, draw.random() < 0.5
    word = draw.choice(GOOD if good else BAD)
    text = f"the {draw.choice(THINGS)} is {'not ' if turned else ''}{word} and the {draw.choice(THINGS)} is long"
    rows.append((text, "praise" if good != turned else "blame"))
reviews = pd.DataFrame(rows, columns=["text", "verdict"])

# text is read by a bidirectional LSTM; model="transformer" is another page
run = lm.fit(reviews, target="verdict", steps=steps)
print("accuracy", run.scores["accuracy"])
new = ["the plot is not dull and the cast is long", "the cast is not warm and the film is long"]
for answer in run.predict(pd.DataFrame({"text": new})):
    print(answer.value, round(max(answer.probabilities.values()), 3))
