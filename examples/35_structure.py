"""Proteins folded from their letters: chains of two helices whose turns are where G and P stand. Here they are made.

With real files it is the same: a folder of .pdb or .cif, packed or not. Reading them wants the extra `proteins`.
Run it: python examples/35_structure.py [steps]
"""

import sys
from pathlib import Path

import numpy as np

import lamina as lm
from lamina.evaluate.baselines.chains import helix
from lamina.kinds.structure import Chain

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 600

draw = np.random.default_rng(0)
root = Path("chains")
root.mkdir()
for i in range(40):
    first, second = (int(n) for n in draw.integers(10, 16, 2))
    parts = ["".join(draw.choice(list("ACDEFHIKLMNQRSTVWY"), n)) for n in (first, second)]
    letters = f"{parts[0]}GPG{parts[1]}"
    atoms = helix(len(letters))  # N, CA and C of every residue, in Å
    corner = atoms[first + 1, 1].copy()
    later = atoms[first + 1 :] - corner
    atoms[first + 1 :] = later[..., [0, 2, 1]] * (1, -1, 1) + corner  # a quarter turn
    (root / f"{i:02d}.pdb").write_bytes(Chain(letters, atoms.astype(np.float32)).as_file()[1])

run = lm.fit(root, steps=steps)
# Beside one straight helix, and the training chain whose letters are most alike. In chains as short as these most of
# the distances that count lie within a helix, so by lddt the straight one does well; rmsd tells who found the turn.
print(run.verdict)
print("lddt", run.scores["lddt"], "rmsd in Å", run.scores["rmsd"])

# Letters alone are answered with places, which a viewer of molecules reads from a file.
Path("new.fasta").write_text(">two-helices\nMKVLAAWTEIHKGPGDERLLKAIVENHW\n")
chain = run.predict("new.fasta")[0].value
Path("new.pdb").write_bytes(chain.as_file()[1])
print(chain, "from end to end", round(float(np.linalg.norm(chain.atoms[0, 1] - chain.atoms[-1, 1])), 1), "Å")
