"""Whole graphs, one a row: rings told from trees, and a property of molecules from their SMILES.

Both sets are made here. The first is written as the GIN paper publishes its graphs; the second is a plain table, whose
column of SMILES is recognised (rdkit reads it: pip install "lamina[molecules]").
Run it: python examples/18_graphs.py [steps]
"""

import sys
from pathlib import Path

import numpy as np

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 400
draw = np.random.default_rng(0)


def text(count: int, ring: bool) -> str:
    """A ring of nodes with tails, or a tree, as lines "tag neighbours i j …"."""
    edges = {(i, int(draw.integers(0, i))) for i in range(1, count)}
    if ring:
        edges |= {(int(draw.integers(2, count)), 0) for _ in range(2)}
    near = {i: {b for a, b in edges if a == i} | {a for a, b in edges if b == i} - {i} for i in range(count)}
    return "".join(f"0 {len(near[i])} {' '.join(map(str, sorted(near[i])))}".rstrip() + "\n" for i in range(count))


sizes = draw.integers(6, 16, 240)
blocks = [f"{n} {i % 2}\n{text(int(n), ring=i % 2 == 1)}" for i, n in enumerate(sizes)]
Path("rings.txt").write_text(f"{len(blocks)}\n" + "".join(blocks))

run = lm.fit("rings.txt", steps=steps)  # gin: a graph is the sum of what its nodes have heard
print(
    "accuracy",
    run.scores["accuracy"],
    "; a forest on counts:",
    run.all_scores()["baseline"]["forest"]["accuracy"]["value"],
)

# A molecule is a graph too: atoms, and bonds that say what is passed along them.
chains = [("C" * int(a) + "O" * int(o) + "C" * int(b), a, o, b) for a, o, b in draw.integers(1, [9, 3, 9], (300, 3))]
lines = [f"{smiles},{0.3 * (a + b) - 1.5 * o + draw.normal(0, 0.1):.3f}\n" for smiles, a, o, b in chains]
Path("chains.csv").write_text("smiles,oiliness\n" + "".join(lines) + "C1CC,0.1\n")  # the last is no molecule: set aside
run = lm.fit("chains.csv", steps=steps)
print("rmse", run.scores["rmse"])
for answer in run.predict({"smiles": np.array(["CCCCOCCCC", "COC", "C1CC"])}):
    print(answer.value if not answer.problem else answer.problem)
