"""Pictures learned from themselves: a short code, pictures drawn from it, and a digit that training never saw.

An autoencoder is held against principal components of the same number. What it gives back badly is strange to it.
Run it: python examples/24_autoencoder.py [steps]
"""

import sys

import numpy as np
from sklearn.datasets import load_digits

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1500

run = lm.fit("digits", objective="autoencode", unseen="label=7", steps=steps, settings=("model.code=8",))
beside = run.all_scores()["baseline"]["pca"]
for name in ("mse", "psnr", "unseen_auc"):
    print(f"{name:<10} {run.scores[name]}  principal components {beside[name]['value']:.3g}")

# The answer for a picture is its error. A digit is given back better than noise.
digits = np.rint(load_digits().images[:3] * (255 / 16)).astype(np.uint8)  # (3, 8, 8)
noise = np.random.default_rng(0).integers(0, 256, (3, 8, 8), dtype=np.uint8)
for name, pictures in (("digits", digits), ("noise", noise)):
    print(name, ", ".join(f"{answer.value:.4f}" for answer in run.predict(pictures)))

# From pictures with noise on them the net learns to leave the noise out.
clean = lm.fit("digits", objective="denoise", steps=steps // 2)
print(clean.verdict)
