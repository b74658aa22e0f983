"""Denoising diffusion: learn to tell the noise in a noisy picture, then draw one by taking noise away step by step.

How strongly a class is asked for, and in how many steps, is decided when pictures are drawn, not when it is learned.
Run it: python examples/27_diffusion.py [steps]
"""

import sys

import torch

import lamina as lm
from lamina.objectives import Ddpm
from lamina.objectives.ddpm import DdpmPlan
from lamina.rng import Rng

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1500

judge = lm.fit("digits", out="judge", steps=max(30, steps // 3))
run = lm.fit(
    "digits", out="ddpm", objective="ddpm", judge="judge", steps=steps, settings=("model.width=16", "game.steps=10")
)
for name in ("recognised", "frechet"):
    print(f"{name:<11} {run.scores[name]}")

predictor = run.predictor()
given = {":codes": torch.arange(10)[:, None].repeat(5, 1)}  # each digit five times
for guidance in (0.0, 1.0, 3.0):
    game = Ddpm(predictor.net, "image", DdpmPlan(steps=10, guidance=guidance))
    with torch.inference_mode():
        made = game.sample(given, 50, Rng(0))  # (50, 1, 8, 8), shares of white
        seen = judge.predictor().net.answer({"image": (made * 255).round().to(torch.uint8)}).argmax(1)
    print(f"guidance {guidance:.0f}: {(seen == given[':codes'][:, 0]).float().mean():.2f} recognised")
