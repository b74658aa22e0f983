"""Links: which node a node is joined to, asked of a knowledge graph of heads, relations and tails.

Here the graph is made: towns on a ring, each with a region, a rival and neighbours. Some triples are kept back, and
each is asked from both ends. Run it: python examples/19_links.py [steps]
"""

import sys
from pathlib import Path

import numpy as np

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1500

draw = np.random.default_rng(0)
towns = [f"town{i:02d}" for i in range(60)]
triples = [(town, "lies_in", f"region{i // 12}") for i, town in enumerate(towns)]
triples += [(town, "next_to", towns[(i + step) % 60]) for i, town in enumerate(towns) for step in (1, 2, -1, -2)]
triples += [(town, "rival_of", towns[(i + 30) % 60]) for i, town in enumerate(towns)]
order = draw.permutation(len(triples))

folder = Path("country")
folder.mkdir()
for name, part in {"train": order[60:], "valid": order[30:60], "test": order[:30]}.items():
    (folder / f"{name}.txt").write_text("".join("\t".join(triples[i]) + "\n" for i in part))

run = lm.fit(folder, steps=steps)  # complex vectors for nodes and relations
print(run.verdict)
print("mrr", run.scores["mrr"])  # what else is true is not counted against an answer
print("hits at 10", run.scores["hits_at_10"])

# A question is a head and a relation; read backward, a relation is called "… (inverse)".
Path("asked.csv").write_text("head,relation\ntown05,lies_in\nregion1,lies_in (inverse)\ntown05,knows\n")
for answer in run.predict("asked.csv"):
    print(answer.value or answer.problem)
