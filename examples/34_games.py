"""A game of two learned by playing oneself: a tree search asks a net, and the net learns what the search found.

Run it: python examples/34_games.py [steps]      (needs the extra play: pip install 'lamina[play]')
"""

import sys
from pathlib import Path

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300
quick = ("game.simulations=25", "game.matches=16")  # for minutes, leave both as they are

run = lm.fit("spiel:tic_tac_toe", steps=steps, settings=quick)
for name in ("points", "wins", "losses"):
    rivals = {who: round(scores[name]["value"], 3) for who, scores in run.all_scores()["baseline"].items()}
    print(f"{name:<7} against perfect play {run.scores[name]}, others {rivals}")

# Squares are numbered 0 to 8, moves are given in the order they were made.
positions = {"nothing yet": "", "two in a row, ours": "0 3 1 4", "two in a row, theirs": "4 0 8 1"}
Path("positions.csv").write_text("situation\n" + "".join(f'"{moves}"\n' for moves in positions.values()))
for said, answer in zip(positions, run.predict("positions.csv"), strict=True):
    print(f"{said}: square {answer.value}" if not answer.problem else f"{said}: {answer.problem}")
