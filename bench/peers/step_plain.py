"""A step of the small net through `lamina.train.fit`, as one compiled graph, with Adam alone: what `keras` does."""

from __future__ import annotations

from bench.peers.step_lamina import main
from lamina.train import Plan

if __name__ == "__main__":
    main(Plan(threads=1, compile="step"), plain=True)
