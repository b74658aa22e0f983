"""From a raw row to a typed answer: what is scored is what is served.

A Predictor is a net, the fitted kinds and the calibration, nothing else. Scores, answers on the command line and
exports all go through `outputs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..data.table import Table
from ..errors import RunError
from ..forms import Batch, as_rows
from ..kinds import ITSELF, Each, Image, Kind, Link, Schema, Text, schema_from_json
from ..kinds.base import values_of
from ..kinds.protein import Protein
from ..metrics import QUICK, key_of
from ..objectives import Asked, Objective, maker_of, play_for
from ..ragged import Ragged, Rows, joined
from ..recipe import Net, Recipe, build_net, kept_recipe
from ..rng import Rng
from ..room import Room
from ..run import RunDirectory
from ..run.inner import Inner
from ..run.tensors import from_bytes
from .answer import Answer
from .bands import Bands, bands_from_json
from .doubts import doubts, match, take
from .examples import by_examples, told_of
from .fold import fold_norms
from .pairs import chosen, nearness, texts_of

Doubts = dict[int, tuple[str, ...]]  # what is to be said of rows, by row


@dataclass(frozen=True)
class Outputs:
    """What a head decodes for rows, (n, …) or a Ragged; a row that could not be read has zeros there, or nothing, and
    its reason in `bad`. Of what is learned from itself, the figures of the objective, (n, k)."""

    array: Rows
    bad: dict[int, str]
    warnings: Doubts


class Predictor:
    """A trained net with its kinds: raw rows in, typed answers out; float32 throughout, the same on any machine's
    processor up to the order of sums."""

    def __init__(
        self,
        net: Net,
        schema: Schema,
        temperature: float = 1.0,
        game: Objective | None = None,
        room: Room | None = None,
    ):
        net.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.net, self.schema, self.temperature, self.game = net, schema, temperature, game
        self.bands: Bands | None = None
        self.room = room or Room()

    @classmethod
    def load(cls, run: RunDirectory | Inner, room: Room | None = None) -> Predictor:
        """The predictor of a run; `room` is what rows that are answered together fit into.

        Raises RunError naming a file that is missing or damaged, or holds other weights."""
        schema = schema_from_json(run.read_json("schema.json"))
        recipe: Recipe = kept_recipe(run.read_json("recipe.json"))
        context = run.read_arrays("context.npz") if run.has("context.npz") else {}
        with torch.random.fork_rng(devices=[]):  # weights are drawn before they are read
            net = build_net(recipe, schema, context=context)
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
        made = cls.of(net, schema, recipe, float(calibration.get("temperature", 1.0)), room)
        fold_norms(net)
        made.bands = bands_from_json(run.read_json("bands.json")) if run.has("bands.json") else None
        return made

    @classmethod
    def of(
        cls, net: Net, schema: Schema, recipe: Recipe, temperature: float = 1.0, room: Room | None = None
    ) -> Predictor:
        """The predictor of a net that learns, or has learned, by a recipe."""
        game = None
        if schema.target.link in ITSELF or key_of(schema.target.kind, schema.target.link) in QUICK:
            game = play_for(recipe.objective, Asked(net, schema, recipe.game))
        return cls(net, schema, temperature, game, room)

    @property
    def kind(self) -> Kind:
        """The kind of the answers."""
        return self.schema.target.kind

    @property
    def link(self) -> Link:
        """How the answers stand to the inputs."""
        return self.schema.target.link

    def outputs(self, table: Table, rows: NDArray[np.int64], tell: Callable[[int], None] | None = None) -> Outputs:
        """What the head decodes for raw rows of a table, in their order."""
        match(table, self.schema)
        parts: list[Rows] = []
        bad: dict[int, str] = {}
        warnings: Doubts = {}
        size = self.schema.at_once()
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            array, wrong, warned = self._chunk(table, some, start)
            parts.append(array)
            bad.update({start + i: why for i, why in wrong.items()})
            warnings.update({start + i: texts for i, texts in warned.items()})
            if tell is not None:
                tell(start + len(some))
        return Outputs(joined(parts) if parts else np.zeros((0, 1), np.float32), bad, warnings)

    def answers(self, table: Table) -> list[Answer]:
        """A typed answer for each row of a table."""
        out = self.outputs(table, np.arange(len(table)))
        compare = COMPARED.get(self.link)
        if compare is not None:
            pairs = enumerate(compare(self, table, np.asarray(out.array)))
            told = [Answer(table.id_of(i), *pair, out.warnings.get(i, ())) for i, pair in pairs]
            return [Answer(a.id, problem=out.bad[i]) if i in out.bad else a for i, a in enumerate(told)]
        values = self.values(out)
        made = []
        for i, value in enumerate(values):
            name = table.id_of(i)
            if i in out.bad:
                made.append(Answer(name, problem=out.bad[i]))
                continue
            value = self._placed(value, table, i)
            said = Answer(name, value, warnings=out.warnings.get(i, ()), words=self._words(value, table, i))
            if isinstance(out.array, np.ndarray):
                row = out.array[i]
                said = replace(said, probabilities=self.kind.chances(row), likeliest=self.kind.likeliest(row))
            made.append(said)
        return made

    def _placed(self, value: Any, table: Table, row: int) -> Any:
        """An answer that lies in its input, as it lies in the input as it came."""
        if not self.kind.placed:
            return value
        lies = [f.name for f in self.schema.inputs if isinstance(f.kind, Image | Text | Protein)]
        return self.kind.onto(value, [table.columns[name].take(np.array([row]))[0] for name in lies])

    def _words(self, value: Any, table: Table, row: int) -> tuple[str, ...]:
        """The words that an answer has a label for, each; none where it is another answer."""
        read = self.schema.inputs[0]
        if not isinstance(self.kind, Each) or not isinstance(read.kind, Text):
            return ()
        given = table.columns[read.name].take(np.array([row]))
        return tuple(read.kind.words(values_of(given)[0])[: len(value)])

    def values(self, out: Outputs) -> list[Any]:
        """What was decoded, as values of the target's kind; of what is learned from itself the first figure over the
        second, as nats a token."""
        if not len(out.array):
            return []
        if self.link in ITSELF and isinstance(out.array, np.ndarray) and out.array.ndim == 2:
            return [float(above / below) if below else None for above, below in out.array[:, :2]]
        return self.kind.decode(out.array if isinstance(out.array, Ragged) else torch.from_numpy(out.array))

    def encoded(self, table: Table, rows: NDArray[np.int64]) -> tuple[dict[str, Any], dict[int, str], Doubts]:
        """What the net is given for raw rows, by slot; the reason for each row that cannot be read, and doubts."""
        columns, bad = take(table, self.schema.inputs, rows)
        inputs = {}
        warned: Doubts = {}
        for slot in self.schema.slots():
            if slot.role == "target":
                continue
            encoded = slot.encode(columns, np.arange(len(rows)))
            bad.update(encoded.bad)
            inputs[slot.name] = slot.fields[0].kind.collate(encoded.array)
            for i, text in doubts(slot, columns, encoded):
                warned[i] = (*warned.get(i, ()), text)
        return inputs, bad, warned

    def _chunk(self, table: Table, rows: NDArray[np.int64], start: int) -> tuple[Rows, dict[int, str], Doubts]:
        inputs, bad, warned = self.encoded(table, rows)
        batch = Batch(inputs, inputs, torch.from_numpy(rows))
        apart = self.game is None or self.link not in ITSELF or self.game.apart
        with torch.inference_mode():
            array = joined(self.room.parts(lambda part, at: self._answer(part, at, start, len(rows)), batch, apart))
        if isinstance(array, Ragged):
            gone = np.isin(np.arange(len(rows)), list(bad))
            return Ragged(array.values, array.starts, np.where(gone, 0, array.lengths)), bad, warned
        array[list(bad)] = 0
        return array, bad, warned

    def _answer(self, part: Batch, at: int, start: int, count: int) -> Rows:
        """What the net says of some of `count` rows, from the row `at` on. Draws are keyed by how many rows came before
        them all, since the locked rows have other numbers in the source than in the run that keeps them."""
        draws, maker = (start, at, at + len(part), count), maker_of(self.game)
        if maker is not None and self.link == "made":
            return maker.sample(part.inputs, len(part), _rng("made", *draws)).numpy()
        if self.game is not None and self.link in ITSELF:
            sums = self.game.figures(part, _rng("figures", *draws))
            if sums is not None:
                return sums.numpy().astype(np.float64)
        return as_rows(self.net.answer(part.inputs, self.temperature))


def _rng(what: str, start: int, at: int, end: int, count: int) -> Rng:
    """The draws of the rows `at` to `end` of a chunk of `count` that begins at `start`."""
    return Rng(0, what, start).rows(at, end, count)


def _by_examples(predictor: Predictor, table: Table, vectors: NDArray[Any]) -> list[tuple[Any, dict[str, float]]]:
    return list(by_examples(told_of(table, predictor.schema), vectors))


def _by_sentences(predictor: Predictor, table: Table, vectors: NDArray[Any]) -> list[tuple[Any, dict[str, float]]]:
    texts = texts_of(table, predictor.schema.target.name)
    return list(chosen(nearness(predictor.net.head, predictor.kind, vectors, texts), texts))


def _by_policy(predictor: Predictor, table: Table, figures: NDArray[Any]) -> list[tuple[Any, dict[str, float]]]:
    """What to do in a situation: the chances of actions stand behind the sums of what is played from a start."""
    del table
    kind: Any = predictor.kind
    chances = figures[:, -kind.actions :]
    return [
        (best, {str(action): float(share) for action, share in enumerate(row)})
        for best, row in zip(kind.decode(chances), chances, strict=True)
    ]


# Links whose answers are read from the outputs in a way of their own: by rows held against each other, or as a policy.
Compare = Callable[[Predictor, Table, NDArray[Any]], list[tuple[Any, dict[str, float]]]]
COMPARED: dict[Link, Compare] = {
    "alike": _by_examples,
    "paired": _by_sentences,
    "acted": _by_policy,
    "played": _by_policy,
}


def _shape(tensors: Mapping[str, torch.Tensor], name: str) -> str:
    return " × ".join(map(str, tensors[name].shape)) or "a number" if name in tensors else "nothing"
