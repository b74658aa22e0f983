"""A label for every word, from a file in CoNLL-U, as Universal Dependencies publishes its treebanks.

Run it: python examples/08_tagging.py [steps]
"""

import sys
from pathlib import Path

import numpy as np

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 200

draw = np.random.default_rng(0)
NOUNS, VERBS, OTHERS = ["flight", "train", "fare", "meal"], ["find", "show", "list"], ["cheap", "early", "late"]
lines = []
for number in range(400):
    # "book" is a verb where a sentence begins and a noun after an article: no word alone tells
    verb = str(draw.choice([*VERBS, "book"]))
    words = [
        (verb, "VERB"),
        ("the", "DET"),
        (str(draw.choice(OTHERS)), "ADJ"),
        (str(draw.choice([*NOUNS, "book"])), "NOUN"),
    ]
    words = words if draw.random() < 0.5 else [words[0], words[1], words[3]]
    lines.append(f"# sent_id = {number}")
    lines += [f"{i}\t{word}\t{word}\t{tag}\t_\t_\t0\t_\t_\t_" for i, (word, tag) in enumerate(words, 1)] + [""]
Path("orders.conllu").write_text("\n".join(lines))

run = lm.fit("orders.conllu", steps=steps)
print("accuracy", run.scores["accuracy"], "of words; whole sentences", run.scores["exact"])
print(run.verdict)
