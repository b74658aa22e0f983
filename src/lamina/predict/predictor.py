"""From a raw row to a typed answer: what is scored is what is served.

A Predictor is a net, the fitted kinds and the calibration, nothing else. Scores, answers on the command line and
exports all go through `outputs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..data.table import Table
from ..errors import RunError
from ..kinds import Category, Kind, Schema, Tags, schema_from_json
from ..recipe import Net, Recipe, build_net, recipe_from_json
from ..run import RunDirectory
from ..run.tensors import from_bytes
from .doubts import doubts, match, take

CHUNK = 512


@dataclass(frozen=True)
class Answer:
    """The answer for one row. `probabilities` by label for Category and Tags; `problem` where there is no answer."""

    id: str
    value: Any = None
    probabilities: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Outputs:
    """What a head decodes for rows, (n, …); a row that could not be read has zeros there and its reason in `bad`."""

    array: NDArray[np.float32]
    bad: dict[int, str]
    warnings: dict[int, tuple[str, ...]]


class Predictor:
    """A trained net with its kinds: raw rows in, typed answers out; float32 throughout, the same on any machine's
    processor up to the order of sums."""

    def __init__(self, net: Net, schema: Schema, temperature: float = 1.0):
        net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.net, self.schema, self.temperature = net, schema, temperature

    @classmethod
    def load(cls, run: RunDirectory) -> Predictor:
        """The predictor of a run. Raises RunError naming a file that is missing or damaged, or holds other weights."""
        schema = schema_from_json(run.read_json("schema.json"))
        recipe: Recipe = recipe_from_json(run.read_json("recipe.json")["recipe"])
        net = build_net(recipe, schema)
        tensors = from_bytes(run.read_bytes("weights.safetensors"), "weights.safetensors")
        ours = net.state_dict()
        differ = [name for name in {**ours, **tensors} if _shape(ours, name) != _shape(tensors, name)]
        if differ:
            told = [f"{name}: {_shape(ours, name)}, there {_shape(tensors, name)}" for name in sorted(differ)[:10]]
            raise RunError(
                f"weights.safetensors holds another model than recipe.json and schema.json say: {'; '.join(told)}",
                expected="the files of one run",
            )
        broken = [name for name, x in tensors.items() if not bool(x.isfinite().all())]
        if broken:
            raise RunError(f"weights.safetensors holds numbers that are not finite, first in {broken[0]}")
        net.load_state_dict(tensors)
        calibration = run.read_json("calibration.json") if run.has("calibration.json") else {}
        return cls(net, schema, float(calibration.get("temperature", 1.0)))

    @property
    def kind(self) -> Kind:
        """The kind of the answers."""
        return self.schema.target.kind

    def outputs(self, table: Table, rows: NDArray[np.int64], tell: Callable[[int], None] | None = None) -> Outputs:
        """What the head decodes for raw rows of a table, in their order."""
        match(table, self.schema)
        parts, bad, warnings = [], {}, {}
        for start in range(0, len(rows), CHUNK):
            some = rows[start : start + CHUNK]
            array, wrong, warned = self._chunk(table, some)
            parts.append(array)
            bad.update({start + i: why for i, why in wrong.items()})
            warnings.update({start + i: texts for i, texts in warned.items()})
            if tell is not None:
                tell(start + len(some))
        return Outputs(np.concatenate(parts) if parts else np.zeros((0, 1), np.float32), bad, warnings)

    def answers(self, table: Table) -> list[Answer]:
        """A typed answer for each row of a table."""
        out = self.outputs(table, np.arange(len(table)))
        values = self.kind.decode(torch.from_numpy(out.array)) if len(table) else []
        labels = [str(x) for x in self.kind.labels] if isinstance(self.kind, Category | Tags) else []
        made = []
        for i, value in enumerate(values):
            name = table.id_of(i)
            if i in out.bad:
                made.append(Answer(name, problem=out.bad[i]))
                continue
            chances = dict(zip(labels, map(float, out.array[i]), strict=True)) if labels else {}
            made.append(Answer(name, value, chances, out.warnings.get(i, ())))
        return made

    def _chunk(
        self, table: Table, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], dict[int, str], dict[int, tuple[str, ...]]]:
        columns, bad = take(table, self.schema.inputs, rows)
        inputs = {}
        warned: dict[int, tuple[str, ...]] = {}
        for slot in self.schema.slots():
            if slot.role == "target":
                continue
            encoded = slot.encode(columns, np.arange(len(rows)))
            bad.update(encoded.bad)
            inputs[slot.name] = slot.fields[0].kind.collate(encoded.array)
            if slot.joined:
                for at, f in enumerate(slot.fields):
                    for i, text in doubts(f, columns[f.name].values, encoded.array[:, at]):
                        warned[i] = (*warned.get(i, ()), text)
        with torch.inference_mode():
            array = self.net.head.decode(self.net(inputs), self.temperature).numpy().astype(np.float32)
        array[list(bad)] = 0
        return array, bad, warned


def _shape(tensors: Mapping[str, torch.Tensor], name: str) -> str:
    return " × ".join(map(str, tensors[name].shape)) or "a number" if name in tensors else "nothing"


def as_mapping(answer: Answer) -> Mapping[str, Any]:
    """An answer as plain JSON."""
    out: dict[str, Any] = {"id": answer.id, "value": answer.value}
    if answer.probabilities:
        out["probabilities"] = answer.probabilities
    if answer.warnings:
        out["warnings"] = list(answer.warnings)
    if answer.problem:
        out["problem"] = answer.problem
    return out
