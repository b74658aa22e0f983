"""Pictures and what is said of them: figures from vectors, and what a report shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..heads.pairs import among
from ..kinds import Image
from ..predict import Predictor
from ..predict.pairs import nearness
from .baselines.pairs import bagged
from .shown import Item, Plate, Shown


def paired(predictor: Predictor, said: Sequence[str]) -> Callable[[Any], NDArray[np.float64]]:
    """A function from vectors of pictures (n, J), or of words (n, V), to figures (n, 3), by what is said of each."""
    texts = sorted(set(said))
    of = torch.tensor([texts.index(text) for text in said])

    def figures(vectors: Any) -> NDArray[np.float64]:
        vectors = np.asarray(vectors)
        vocab = len(predictor.kind.vocab)  # type: ignore[attr-defined]
        if vectors.shape[1] == vocab:
            near = vectors @ bagged(predictor.kind.encode(texts).array, vocab).T
        else:
            near = nearness(predictor.net.head, predictor.kind, vectors, texts)
        return among(torch.from_numpy(near).double(), of).numpy()

    return figures


def told(shown: Shown) -> list[Plate]:
    """Pictures with what is said of them and the text that is nearest."""
    pictures = [f for f in shown.schema.inputs if isinstance(f.kind, Image)]
    items = []
    for place in shown.some() if pictures else ():
        row = int(shown.truth.rows[place])
        value = shown.table.column(pictures[0].name).take(np.array([row]))[0]
        drawn = pictures[0].kind.show(value)
        texts = (("said", str(shown.truth.values[place])), ("nearest", str(shown.values[place])))
        items.append(Item(shown.table.id_of(row), None if isinstance(drawn, str) else drawn, texts))
    return [Plate("Pictures and what is said of them", tuple(items), "The nearest of all texts of the test part.")]
