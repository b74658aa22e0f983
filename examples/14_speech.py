"""What a sound says, written down: a table of sounds with what is said in each. Here a few words in Morse code, so that
the example makes its own; with recordings of digits it is `lamina fit strings:FOLDER`.

Run it: python examples/14_speech.py [steps]
"""

import sys
import wave
from pathlib import Path

import numpy as np

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 600

RATE, DOT = 8000, 0.03  # samples a second; seconds of a dot
WORDS = {"at": ".- -", "me": "-- .", "so": "... ---", "we": ".-- .", "no": "-. ---", "in": ".. -."}
draw = np.random.default_rng(0)


def beep(dots: float, pitch: float) -> np.ndarray:
    """A tone, or silence where the pitch is 0, of so many dots."""
    return 0.5 * np.sin(2 * np.pi * pitch * np.arange(int(dots * DOT * RATE)) / RATE)


def sent(text: str) -> np.ndarray:
    """A text as it is keyed, at a pitch and with gaps of its own."""
    pitch, pieces = draw.uniform(500, 900), []
    for word in text.split():
        for sign in WORDS[word]:
            pieces += [beep({".": 1, "-": 3, " ": 2}[sign], 0 if sign == " " else pitch), beep(1, 0)]
        pieces.append(beep(draw.uniform(4, 7), 0))
    sound = np.concatenate(pieces)
    return sound + draw.normal(0, 0.05, len(sound))


root = Path("morse")
root.mkdir(exist_ok=True)
lines = ["sound,text"]
for i in range(300):
    text = " ".join(draw.choice(list(WORDS), draw.integers(2, 5)))
    with wave.open(str(root / f"{i}.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sent(text) * 16000).astype("<i2").tobytes())
    lines.append(f"{i}.wav,{text}")
(root / "list.csv").write_text("\n".join(lines) + "\n")

run = lm.fit(root / "list.csv", target="text", steps=steps)
print("word error rate", run.scores["wer"])
for answer, line in zip(run.predict(root / "list.csv")[:3], lines[1:4], strict=True):
    print(line, "->", answer.value)
