"""What one does with a finished run, by what it answers: the words for the page and for the command's last line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from .files import Column


@dataclass(frozen=True)
class Use:
    """One use: what is typed after `lamina`, what it gives, and the same in Python, where it is one line. `figure` says
    what the numbers are, where no answers come of it but numbers; `files`, that each answer is a file of its own."""

    words: str
    says: str
    python: str = ""
    figure: str = ""
    files: bool = False

    def command(self, run: str) -> str:
        """The whole command for a run."""
        return f"lamina {self.words.format(run=shlex.quote(run))}"


PICTURES = Use("sample {run} --out new.png", "new pictures", 'run.sample(25)[0].save("new.png")')
STRANGE = Use(
    "predict {run} new.txt", "how surprising a text is, in nats a token", 'run.predict("new.txt")', "nats a token"
)
GO_ON = Use("fit FEW --from {run}", "go on with what it learned, on few labelled rows", 'lm.fit("few.csv", start=".")')
# What is answered, its kind and link -> what it is for; of all others, to answer new rows.
USES: dict[tuple[str, str], tuple[Use, ...]] = {
    ("Text", "causal"): (
        Use("sample {run} 'Once'", "text that goes on from there", '"".join(run.write("Once"))'),
        STRANGE,
    ),
    ("Notes", "causal"): (
        Use("sample {run} --out new.mid", "new music", 'open("new.mid", "wb").write(run.play())'),
        Use(
            "predict {run} new.json",
            "how surprising a piece is, in nats a frame",
            'run.predict("new.json")',
            "nats a frame",
        ),
    ),
    ("Image", "made"): (PICTURES,),
    ("Image", "bound"): (
        PICTURES,
        Use("predict {run} new.jpg", "how likely a picture is, in nats", 'run.predict("new.jpg")', "nats"),
    ),
    ("Image", "same"): (
        Use(
            "predict {run} new.jpg",
            "the error of a picture, by which a strange one shows",
            'run.predict("new.jpg")',
            "squared error",
        ),
    ),
    ("Image", "views"): (GO_ON,),
    ("Text", "masked"): (GO_ON, STRANGE),
    ("Text", "spans"): (GO_ON, STRANGE),
    ("Text", "paired"): (
        Use("predict {run} new.csv", "for each picture the text of the file that fits", 'run.predict("new.csv")'),
    ),
    ("Alike", "alike"): (
        Use("predict {run} asked/", "classes of asked/test by the examples in asked/training", 'run.predict("asked")'),
    ),
}
NEW = {
    "Image": "new.jpg",
    "Photo": "new.jpg",
    "Audio": "new.wav",
    "Text": "new.txt",
    "Graph": "new.txt",
    "Protein": "new.fasta",
}
FILED = ("Mask", "Photo", "Structure")  # kinds whose answers are files
ANSWERS = "answers, with probabilities and warnings"


def uses(fields: Sequence[Column]) -> tuple[Use, ...]:
    """What a run with these columns is for, the first thing first."""
    target = next((f for f in fields if f.role == "target"), None)
    known = USES.get((target.kind or "", target.link or "")) if target is not None else None
    if known is not None:
        return known
    kinds = [f.kind or "" for f in fields if f.role == "input"]
    new = NEW.get(kinds[0], "new.csv") if len(kinds) == 1 else "new.csv"
    filed = target is not None and target.kind in FILED
    return (Use(f"predict {{run}} {new}", ANSWERS, f'run.predict("{new}")', files=filed),)
