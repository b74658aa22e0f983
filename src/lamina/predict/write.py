"""Text written token by token: each is drawn from what the net says may come next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ..errors import KindError, PlanError
from ..kinds import Text
from ..kinds.text import MARKS, UNKNOWN
from ..rng import Rng
from .predictor import Predictor


def write_text(
    predictor: Predictor, prompt: str = "", count: int = 500, *, temperature: float = 0.8, top: int = 0, seed: int = 0
) -> Iterator[str]:
    """`count` tokens after a prompt, one at a time, as pieces of text that follow each other.

    `temperature` divides the logits: under 1 the likely becomes likelier; 0 takes the likeliest each time. `top` draws
    from so many of the likeliest only, 0 from all (Fan et al. 2018, section 5.1). When the net's context is full it
    goes on from the later half of it. Raises PlanError for a run that writes no text, KindError for a prompt with
    nothing in it that training saw.
    """
    kind, net = predictor.kind, predictor.net
    body: Any = net.body
    head: Any = net.head
    if not isinstance(kind, Text) or predictor.link != "causal":
        raise PlanError("this run writes no text", expected="a run that learned a corpus", fix="lamina fit CORPUS.txt")
    start = next(iter(kind.split([prompt]))) if prompt else []
    known = [int(i) for i in kind.ids(start) if i != UNKNOWN]
    if prompt and not known:
        raise KindError(f'nothing of the prompt "{prompt[:40]}" was seen in training', expected="words of the corpus")
    rng = Rng(seed, "write")
    ids = known or [int(_drawn(_first(kind), 1.0, 0, rng))]
    if prompt:
        yield prompt
    else:
        yield piece(kind, ids[0])
    state, fresh = body.begin(), ids[-kind.length :]
    held = 0
    for _ in range(count if prompt else count - 1):
        if held + len(fresh) > kind.length:
            fresh, held, state = ids[-max(1, kind.length // 2) :], 0, body.begin()
        with torch.inference_mode():
            form = body.step(net.entry({predictor.schema.target.name: torch.tensor([fresh])}), state)
            logits = head.logits(form)[0, -1]
        held, logits = held + len(fresh), logits.clone()
        logits[: len(MARKS)] = float("-inf")
        fresh = [int(_drawn(logits, temperature, top, rng))]
        ids = [*ids[-kind.length :], *fresh]
        yield piece(kind, fresh[0])


def piece(kind: Text, token: int) -> str:
    """A token as it stands in running text."""
    said = kind.vocab[token]
    return f" {said}" if kind.by == "words" else said.replace("\u2581", " ")


def _first(kind: Text) -> Tensor:
    """Logits of a first token where none is given: a line begins as after an end of line, else all alike."""
    logits = torch.zeros(len(kind.vocab))
    logits[: len(MARKS)] = float("-inf")
    if "\n" in kind.numbers:
        logits[kind.numbers["\n"]] = 20.0
    return logits


def _drawn(logits: Tensor, temperature: float, top: int, rng: Rng) -> Tensor:
    """One place of (V,) logits, by Gumbel's trick: the greatest of logits with noise is a draw from their softmax."""
    if temperature <= 0:
        return logits.argmax()
    scaled = logits / temperature
    if 0 < top < len(scaled):
        scaled = scaled.masked_fill(scaled < scaled.topk(top).values[-1], float("-inf"))
    noise = -torch.log(-torch.log(rng.uniform(len(scaled)).clamp(1e-10, 1 - 1e-7)))
    return (scaled + noise).argmax()
