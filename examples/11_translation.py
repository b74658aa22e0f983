"""A text from another: numbers in English words to numbers in German ones, where the units stand before the tens.

The data are files named PART.LANGUAGE, a line for each line, as Multi30k and WMT are published.

Run it: python examples/11_translation.py [steps]
"""

import sys
from pathlib import Path

import numpy as np

import lamina as lm

steps = int(sys.argv[1]) if len(sys.argv) > 1 else 600

ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
EINS = ["null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"]
TENS = {2: ("twenty", "zwanzig"), 3: ("thirty", "dreißig"), 4: ("forty", "vierzig"), 5: ("fifty", "fünfzig")}
THINGS = [("dogs", "Hunde"), ("houses", "Häuser"), ("books", "Bücher"), ("children", "Kinder"), ("trees", "Bäume")]


def said(number: int) -> tuple[str, str]:
    """A number in English and in German words."""
    if number < len(ONES):
        return ONES[number], EINS[number]
    tens, ones = divmod(number, 10)
    english, german = TENS[tens]
    return (f"{english}-{ONES[ones]}", f"{EINS[ones]}und{german}") if ones else (english, german)


draw = np.random.default_rng(0)
numbers = [*range(2, 13), *range(20, 60)]
root = Path("numbers-en-de")
root.mkdir(exist_ok=True)
for part, count in (("train", 1500), ("val", 100), ("test", 100)):
    lines: tuple[list[str], list[str]] = ([], [])
    for _ in range(count):
        pairs = [
            (said(int(n)), THINGS[t]) for n, t in zip(draw.choice(numbers, 2), draw.integers(0, 5, 2), strict=True)
        ]
        lines[0].append(" and ".join(f"{number[0]} {thing[0]}" for number, thing in pairs))
        lines[1].append(" und ".join(f"{number[1]} {thing[1]}" for number, thing in pairs))
    (root / f"{part}.en").write_text("\n".join(lines[0]) + "\n")
    (root / f"{part}.de").write_text("\n".join(lines[1]) + "\n")

run = lm.fit(root, steps=steps, settings=["model.width=64", "model.depth=2", "model.hidden=128"])
print("BLEU", run.scores["bleu"])
Path("new.txt").write_text("forty-two dogs and three trees\ntwenty books and fifty-seven houses\n")
for answer in run.predict("new.txt"):
    print(answer.value)
print(run.verdict)
