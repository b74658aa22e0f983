"""Questions answered from a text: where in it the answer stands, in the form of SQuAD. Here the texts say who keeps
what in which town, so that a sentence has to be found by two of its words and the answer is the third.

Run it: python examples/12_questions.py [steps]
"""

import json
import sys
from pathlib import Path

import numpy as np

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 400

draw = np.random.default_rng(0)
NAMES = ["Ada", "Ben", "Cleo", "Dina", "Emil", "Fay", "Gus", "Hana"]
THINGS = ["a red boat", "two old clocks", "a grey horse", "seven goats", "a small bakery", "the post office"]
TOWNS = ["Oslo", "Rome", "Lima", "Cairo", "Kyoto", "Perth"]

articles = []
for number in range(200):
    people = draw.choice(NAMES, 4, replace=False)
    kept = [(str(p), str(draw.choice(THINGS)), str(draw.choice(TOWNS))) for p in people]
    text = " ".join(f"{name} keeps {thing} in {town}." for name, thing, town in kept)
    questions = []
    for name, thing, town in kept[:3]:
        sentence = text.index(f"{name} keeps")
        what = draw.random() < 0.5
        answer = thing if what else town
        questions.append(
            {
                "id": f"{number}-{name}",
                "question": f"What does {name} keep?" if what else f"Where does {name} live?",
                "answers": [{"text": answer, "answer_start": text.index(answer, sentence)}],
            }
        )
    articles.append({"title": str(number), "paragraphs": [{"context": text, "qas": questions}]})
Path("keepers.json").write_text(json.dumps({"data": articles}))

run = lm.fit("keepers.json", steps=steps, settings=["model.width=64", "augment.forget=0"])
print("F1", run.scores["f1"], "exact", run.scores["exact"])
told = "Ada keeps a red boat in Lima. Fay keeps seven goats in Oslo. Gus keeps a grey horse in Rome."
Path("new.csv").write_text(f"question,context\nWhere does Fay live?,{told}\nWhat does Gus keep?,{told}\n")
print([answer.value for answer in run.predict("new.csv")])
print(run.verdict)
