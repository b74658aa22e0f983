"""Music learned from itself: which notes sound in a frame, from the frames before, and new music as a MIDI file.

The pieces are made: chords of a key that go round in fours, in JSON as the Bach chorales are published.
Run it: python examples/28_music.py [steps]      (the MIDI file needs the extra music: pip install 'lamina[music]')
"""

import json
import sys
from pathlib import Path

import numpy as np

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 300

draw = np.random.default_rng(0)
ROUNDS = ((0, 5, 7, 0), (0, 9, 5, 7), (9, 5, 0, 7))  # roots of four chords, over the key


def piece() -> list[list[int]]:
    """A round of four chords, each held for two frames, with a wandering upper voice."""
    key, chords, voice = int(draw.integers(48, 56)), ROUNDS[draw.integers(len(ROUNDS))], 0
    frames = []
    for frame in range(int(draw.integers(24, 41))):
        root = key + chords[frame // 2 % 4]
        voice = int(np.clip(voice + draw.integers(-1, 2), 0, 2))
        frames.append(
            sorted({root, root + (3 if chords[frame // 2 % 4] == 9 else 4), root + 7, root + 12 + (0, 4, 7)[voice]})
        )
    return frames


parts = {"train": 120, "valid": 30, "test": 30}
Path("pieces.json").write_text(json.dumps({part: [piece() for _ in range(count)] for part, count in parts.items()}))

run = lm.fit("pieces.json", steps=steps)
print("nats a frame", run.scores["nats"])
print("of the best baseline", min(found["nats"]["value"] for found in run.all_scores()["baseline"].values()))

# How likely each of two pieces is: one as they were made, and the same with its frames shuffled.
known = piece()
Path("asked.json").write_text(json.dumps({"test": [known, [known[i] for i in draw.permutation(len(known))]]}))
for name, answer in zip(("a round", "its frames shuffled"), run.predict("asked.json"), strict=True):
    print(f"{name}: {answer.value:.2f} nats a frame")

Path("new.mid").write_bytes(run.play(32))
print("new.mid,", Path("new.mid").stat().st_size, "bytes")
