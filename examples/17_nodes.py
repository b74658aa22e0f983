"""Nodes of one graph: papers that cite each other, a few of them labelled, and the rest to be classed.

Here the graph is made: three fields that mostly cite themselves, with words that tell little on their own. All
nodes and edges are seen while training, but only the labels of training nodes.
Run it: python examples/17_nodes.py [steps]
"""

import sys
from pathlib import Path

import numpy as np

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 200

draw = np.random.default_rng(0)
fields = np.array(["biology", "physics", "music"])[np.arange(240) % 3]
words = draw.random((240, 6)) < np.where(fields[:, None] == np.array(["biology", "physics", "music"] * 2), 0.5, 0.3)
edges = set()
while len(edges) < 900:
    a, b = (int(i) for i in draw.integers(0, 240, 2))
    if a != b and draw.random() < (0.9 if fields[a] == fields[b] else 0.05):
        edges.add((min(a, b), max(a, b)))

folder = Path("papers")
folder.mkdir()
head = "paper," + ",".join(f"word{i}" for i in range(6)) + ",field\n"
rows = [f"p{i}," + ",".join(str(int(w)) for w in words[i]) + f",{fields[i]}\n" for i in range(240)]
(folder / "nodes.csv").write_text(head + "".join(rows))
(folder / "edges.csv").write_text("source,target\n" + "".join(f"p{a},p{b}\n" for a, b in sorted(edges)))

run = lm.fit(folder, target="field", steps=steps)  # gcn; --model gat lets each node choose whom to listen to
print(run.verdict)  # beside the words alone, and labels that spread along the edges
print("accuracy", run.scores["accuracy"])

# A node is asked for by its name; the graph is in the run.
Path("asked.csv").write_text("paper\np7\np8\nnot-a-paper\n")
for answer in run.predict("asked.csv"):
    print(answer.value or answer.problem, {k: round(v, 2) for k, v in answer.probabilities.items()})
