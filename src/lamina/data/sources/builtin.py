"""Small data sets that ship inside scikit-learn, by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from ...kinds import Column
from ..table import Arrays, Table, Values
from .reading import fingerprint_arrays

BUILTIN: dict[str, str] = {
    "digits": "1,797 grey pictures of handwritten digits, 8 × 8; target label",
    "iris": "150 flowers by four lengths; target species",
    "wine": "178 wines by 13 measurements; target class",
    "diabetes": "442 patients by 10 measurements; target progression, a number",
    "breast-cancer": "569 tumours by 30 measurements; target diagnosis",
}
TARGETS = {"iris": "species", "wine": "class", "diabetes": "progression", "breast-cancer": "diagnosis"}


def read_builtin(name: str) -> Table:
    """One of `BUILTIN` as a table. Digits are scaled from 0–16 to 0–255."""
    from sklearn import datasets  # a second of import that only these names need

    load = {
        "digits": datasets.load_digits,
        "iris": datasets.load_iris,
        "wine": datasets.load_wine,
        "diabetes": datasets.load_diabetes,
        "breast-cancer": datasets.load_breast_cancer,
    }[name]
    found: Any = load()
    columns: dict[str, Column]
    if name == "digits":
        pixels = np.rint(found.images * (255 / 16)).astype(np.uint8)
        columns = {
            "image": Arrays("image", pixels, name),
            "label": Values("label", pa.chunked_array([pa.array(found.target.astype(np.int64))]), name),
        }
        return Table(columns, name, _fingerprint(columns), target="label", facts={"reader": "built-in"})
    columns = {}
    for i, long_name in enumerate(found.feature_names):
        short = long_name.removesuffix(" (cm)").replace(" ", "_").replace("/", "_")
        columns[short] = Values(short, pa.chunked_array([pa.array(found.data[:, i].astype(np.float64))]), name)
    target = TARGETS[name]
    answers = found.target.astype(np.float64) if name == "diabetes" else np.array(found.target_names)[found.target]
    columns[target] = Values(target, pa.chunked_array([pa.array(answers)]), name)
    return Table(columns, name, _fingerprint(columns), target=target, facts={"reader": "built-in"})


def _fingerprint(columns: dict[str, Column]) -> str:
    return fingerprint_arrays({name: getattr(column, "array") for name, column in columns.items()})  # noqa: B009
