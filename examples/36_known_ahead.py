"""A forecast of which something is known ahead: a shop plans its promotions, and the calendar is known to all.

Here the sales are made: a day, a week and what a promotion adds in the evening.

Run it: python examples/36_known_ahead.py [steps]
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
promo = draw.random(100).repeat(24) < 0.3  # whole days, at random
evening = hours % 24 >= 17
sales = 50 + 8 * np.sin(2 * np.pi * hours / 24) + 4 * np.sin(2 * np.pi * hours / 168)
sales += 15 * promo * evening + draw.normal(0, 2, len(hours))
start = datetime(2024, 1, 1)
times = [start + timedelta(hours=int(h)) for h in hours]
lines = [f"{t},{s:.2f},{p:d}\n" for t, s, p in zip(times, sales, promo, strict=True)]
head = "time,sales,promo\n"
Path("shop.csv").write_text(head + "".join(lines))

# What is known ahead is not forecast: it is read over the past and at each step to come.
known = lm.fit("shop.csv", horizon=24, known=["promo", "calendar"], steps=steps)
alone = lm.fit("shop.csv", horizon=24, inputs=["sales"], steps=steps)
print(f"mse with what is known {known.scores['mse']}, without {alone.scores['mse']}")

# The past, and behind it a row for each hour to come: the promotion as planned, the sales empty.
for planned in (0, 1):
    ahead = [f"{times[-1] + timedelta(hours=h)},,{planned}\n" for h in range(1, 25)]
    Path("plan.csv").write_text(head + "".join(lines[-300:] + ahead))
    answers = known.predict("plan.csv")
    print(f"promotion {planned}: {sum(answer.value['sales'] for answer in answers):.0f} sold in the day to come")

# What is not known of the future is asked for, not filled in.
Path("plan.csv").write_text(head + "".join(lines[-300:] + ahead[:20]))
try:
    known.predict("plan.csv")
except LaminaError as error:
    print(error)
