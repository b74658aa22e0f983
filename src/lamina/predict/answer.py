"""The answer for one row, as a value of Python and as plain JSON."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures


@dataclass(frozen=True)
class Answer:
    """The answer for one row. `probabilities` by label, or of many labels those of the `likeliest`; `bands` by channel
    for what comes next in a series; the `words` that are labelled one by one; `problem` where there is no answer."""

    id: str
    value: Any = None
    probabilities: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    problem: str = ""
    bands: dict[str, tuple[float, float]] = field(default_factory=dict)
    likeliest: dict[str, float] = field(default_factory=dict)
    words: tuple[str, ...] = ()


def as_picture(value: NDArray[Any]) -> bytes:
    """An answer that is a picture, (height, width) or (height, width, channels) of bytes, as a PNG file."""
    out = io.BytesIO()
    plain = value[..., 0] if value.ndim == 3 and value.shape[2] == 1 else value
    Pictures.fromarray(plain).save(out, "PNG")
    return out.getvalue()


def as_mapping(answer: Answer) -> Mapping[str, Any]:
    """An answer as plain JSON, a picture as the address of its PNG file, what has a JSON of its own as that."""
    value = answer.value.as_json() if hasattr(answer.value, "as_json") else answer.value
    if isinstance(value, np.ndarray):
        value = f"data:image/png;base64,{base64.b64encode(as_picture(value)).decode()}"
    out: dict[str, Any] = {"id": answer.id, "value": value}
    if answer.probabilities:
        out["probabilities"] = answer.probabilities
    if answer.likeliest:
        out["likeliest"] = answer.likeliest
    if answer.bands:
        out["bands"] = {name: list(edges) for name, edges in answer.bands.items()}
    if answer.words:
        out["words"] = list(answer.words)
    if answer.warnings:
        out["warnings"] = list(answer.warnings)
    if answer.problem:
        out["problem"] = answer.problem
    return out
