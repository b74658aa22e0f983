"""A step of the small net through `lamina.train.fit`, as one compiled graph."""

from __future__ import annotations

from bench.peers.step_lamina import main
from lamina.train import Plan

if __name__ == "__main__":
    main(Plan(threads=1, compile="step"))
