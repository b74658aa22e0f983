"""Teacher and student: a small net learns what a large one says of every class, not only which is right.

Run it: python examples/32_distil.py [steps]
"""

import sys

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 600


def weights(run) -> int:
    """How many numbers a run's net has learned."""
    return sum(p.numel() for p in run.predictor().net.parameters())


teacher = lm.fit("digits", out="teacher", steps=steps)
small = ("model.width=8",)
student = lm.fit("digits", out="student", objective="distil", teacher="teacher", steps=steps, settings=small)
alone = lm.fit("digits", out="alone", steps=steps, settings=small)  # as small, and taught by the answers only

for name, run in (("teacher", teacher), ("student", student), ("alone", alone)):
    print(f"{name:<8} {weights(run):>8,} weights  accuracy {run.scores['accuracy']}")
