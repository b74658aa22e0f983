"""Figures and foreign text as the page and the command print them."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from .files import Score

NONE = "–"
LONGEST = 4000

# Marks that reorder the text around them; they could make a label read as another.
TURNING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

MEANING = {
    "accuracy": "share of rows answered right",
    "balanced_accuracy": "recall, averaged over classes",
    "macro_f1": "F1, averaged over classes",
    "micro_f1": "F1 over all tags of all rows",
    "auc": "chance that a true case ranks above a false one",
    "average_precision": "precision, averaged over recall",
    "log_loss": "surprise at the truth, in nats; lower is better",
    "brier": "squared error of the probabilities; lower is better",
    "ece": "gap between confidence and accuracy; lower is better",
    "rmse": "typical error, large ones weigh more; lower is better",
    "mae": "mean size of an error; lower is better",
    "mse": "mean squared error; lower is better",
    "smape": "mean error in per cent; lower is better",
    "mase": "mean error over that of a season ago in training; lower is better",
    "coverage": "share of what came that lies in its band",
    "r2": "share of the variance explained",
    "dice": "overlap of masks, twice what both have over what each has",
    "iou": "overlap of masks, what both have over what either has",
    "pixel_accuracy": "share of pixels of the right class",
    "ap50": "precision over recall of boxes that overlap by half",
    "ap": "the same over overlaps from a half to nearly all",
    "psnr": "nearness of pixels in decibels, of brightness",
    "ssim": "likeness of structure, of brightness",
    "exact": "share of rows right in every part",
    "entity_f1": "entities found whole and of their type, of those there and those said",
    "entity_precision": "share of the entities said that are there, whole and of their type",
    "entity_recall": "share of the entities there that were said, whole and of their type",
    "f1": "words shared with the answer, of both sides",
    "bleu": "runs of one to four words shared with the reference, 0 to 100",
    "chrf": "runs of letters shared with the reference, 0 to 100",
    "wer": "word errors for each word that was said; lower is better",
    "cer": "letter errors for each letter that was said; lower is better",
    "token_errors": "wrong tokens for each that was said; lower is better",
    "mrr": "one over the place of the right answer, averaged",
    "hits_at_1": "share of right answers that come first",
    "hits_at_3": "share of right answers among the first three",
    "hits_at_10": "share of right answers among the first ten",
    "nats": "surprise at what came, in nats; lower is better",
    "nats_weighed": "the same by more codes, a tighter bound; lower is better",
    "bits": "the same in bits; lower is better",
    "perplexity": "as surprised as by so many equal chances; lower is better",
    "error": "share of rows taken for another class; lower is better",
    "both_ends": "share of answers with both ends right",
    "confused": "share of views not known again; lower is better",
    "unseen_auc": "chance that a row of the unseen class errs more than another",
    "frechet": "distance to real pictures as the judge sees both; lower is better",
    "recognised": "share of made pictures that the judge takes for their class",
    "mean_return": "what an episode earns, from start to end",
    "mean_length": "steps of an episode",
    "points": "a match that is won is one, a drawn one a half",
    "wins": "share of matches that are won",
    "losses": "share of matches that are lost; lower is better",
    "lddt": "share of distances between near residues that are kept",
    "rmsd": "distance of atoms in Å, laid over each other; lower is better",
    "noise_error": "squared error of the noise; lower is better",
}


def clean(text: str, most: int = LONGEST) -> str:
    """Text that cannot disturb its surroundings: control and turning marks spelled out, too long ones cut.

    >>> clean("a\\x00b")
    'a\\\\x00b'
    """
    if len(text) > most:
        text = text[: most - 1] + "…"
    return "".join(_spelled(c) for c in text)


def _spelled(c: str) -> str:
    strange = unicodedata.category(c) in ("Cc", "Cs") or c in TURNING
    return c.encode("unicode_escape").decode("ascii") if strange and c not in "\n\t" else c


def short(value: Any, most: int = 40) -> str:
    """A label or an answer on one line: tags joined by commas, numbers rounded, long ones cut."""
    if isinstance(value, (list, tuple)):
        value = ", ".join(short(v, most) for v in value[:50]) or "none"
    elif isinstance(value, (int, float)) or value is None:
        value = number(value)
    return clean(" ".join(str(value).split(" ")), most).replace("\n", " ").replace("\t", " ")


def number(value: float | None, decimals: int | None = None) -> str:
    """A figure with as many decimals as help: 0.973, 12.41, 1,204; very small ones as 3.1e-05.

    >>> number(0.97314), number(1204.2), number(None)
    ('0.973', '1,204', '–')
    """
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value):
        return str(value)
    if decimals is None:
        decimals = _decimals(abs(value))
    if decimals < 0:
        return f"{value:.2e}".replace("-", "−", 1) if value < 0 else f"{value:.2e}"
    return f"{value:,.{decimals}f}".replace("-", "−")


def _decimals(size: float) -> int:
    """3 below 10, 2 below 100, 1 below 1000, 0 up to a billion; -1 means powers of ten."""
    if size == 0:
        return 3
    if size < 0.001 or size >= 1e9:
        return -1
    return max(0, min(3, 3 - math.floor(math.log10(size))))


def interval(score: Score | None) -> str:
    """ "0.962 to 0.981", with the decimals of the value; a dash where there is none."""
    if score is None or score.low is None or score.high is None:
        return NONE
    decimals = _decimals(abs(score.value)) if score.value is not None else None
    return f"{number(score.low, decimals)} to {number(score.high, decimals)}"


def figure(score: Score) -> str:
    """ "0.973 (0.962 to 0.981, n=540)", less what is not known."""
    behind = [interval(score)] if score.low is not None and score.high is not None else []
    behind += [f"n={score.n:,}"] if score.n is not None else []
    return number(score.value) + (f" ({', '.join(behind)})" if behind else "")


def percent(share: float | None) -> str:
    """97.3 %; whole from 99.95 % on and at nought.

    >>> percent(0.973), percent(1.0), percent(None)
    ('97.3 %', '100 %', '–')
    """
    if share is None:
        return NONE
    return f"{100 * share:.1f} %".replace(".0 %", " %")


def loader_words(means: Mapping[str, float]) -> str:
    """How much of a step was spent waiting for its batch; of a run that was taken up, since which step.

    >>> loader_words({"wait_ms": 0.4, "step_ms": 19.1, "since": 1200})
    '2.1 % of a step (0.40 of 19.1 ms), since step 1,200'
    """
    wait, step, since = means.get("wait_ms", 0.0), means.get("step_ms", 0.0), int(means.get("since", 0))
    if not step > 0:
        return ""
    begun = f", since step {since:,}" if since else ""
    return f"{percent(wait / step)} of a step ({wait:.2f} of {step:.1f} ms){begun}"


def duration(seconds: float | None) -> str:
    """0.4 s, 12 s, 3 min 20 s, 2 h 5 min.

    >>> duration(0.42), duration(200), duration(7500)
    ('0.4 s', '3 min 20 s', '2 h 5 min')
    """
    if seconds is None:
        return NONE
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def count(n: int, thing: str) -> str:
    """1 row, 2 rows, 1,204 rows."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"
