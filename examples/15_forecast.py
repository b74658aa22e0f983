"""A forecast: a table with even times and numbers is one long series, and the next steps are asked of it.

Here the series is made: two weeks of hours, again and again, with noise. Run it: python examples/15_forecast.py [steps]
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

import lamina as lm
from lamina.errors import LaminaError

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 600

draw = np.random.default_rng(0)
hours = np.arange(2400)
day, week = 2 * np.pi * hours / 24, 2 * np.pi * hours / 168
load = (
    50
    + 12 * np.sin(day)
    + 6 * np.sin(week)
    + np.cumsum(draw.normal(0, 0.15, len(hours)))
    + draw.normal(0, 2, len(hours))
)
warmth = 15 + 6 * np.sin(day - 1) + 0.2 * (load - 50) + draw.normal(0, 1, len(hours))
start = datetime(2024, 1, 1)
lines = [f"{start + timedelta(hours=int(h))},{load[h]:.3f},{warmth[h]:.3f}\n" for h in hours]
Path("town.csv").write_text("time,load,warmth\n" + "".join(lines))

# No target is named: the times are even and the rest are numbers, so all columns are forecast together.
run = lm.fit("town.csv", horizon=24, steps=steps)
for name in ("mse", "mase", "coverage"):
    print(f"{name:<9} {run.scores[name]}")

# New hours in, the 24 after them out, in the units they came in, each with a band.
Path("lately.csv").write_text("time,load,warmth\n" + "".join(lines[-200:]))
for answer in run.predict("lately.csv")[:3]:
    low, high = answer.bands["load"]
    print(f"{answer.id}  load {answer.value['load']:.1f} ({low:.1f} to {high:.1f})")

# A gap in what is newest is named, not filled in silently.
Path("broken.csv").write_text("time,load,warmth\n" + "".join(lines[-200:-20] + lines[-10:]))
try:
    run.predict("broken.csv")
except LaminaError as error:
    print(error)
