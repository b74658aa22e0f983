"""Where a training is kept: log.jsonl and the two slots of resume/ in a run directory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from ..errors import RunError
from ..files import json_bytes, sha256
from ..ranks import ALONE, Ranks
from ..run import Log, RunDirectory
from ..run.checkpoint import Checkpoint
from ..run.tensors import is_cut
from ..teller import Teller

SHOWN = 10  # settings that differ, named one by one


class Disk:
    """A session's keeper. `of` says what is trained on what, so that a checkpoint of something else is told from it;
    `ranks` are those who hold a shard each."""

    def __init__(self, run: RunDirectory, teller: Teller, of: Mapping[str, Any], ranks: Ranks = ALONE):
        self.log, self.slots = Log(run.path / "log.jsonl"), Checkpoint(run.path / "resume")
        self.run, self.teller, self.ranks = run, teller, ranks
        self.of = dict(_flat(json.loads(json_bytes(of))))

    def append(self, line: dict[str, Any]) -> None:
        """Add a line to the log."""
        self.log.append(line)

    def log_length(self) -> int:
        """Bytes of the log so far."""
        return self.log.length

    def truncate(self, length: int) -> None:
        """Cut the log to a length."""
        self.log.truncate_to(length)

    def save(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Write the slot that is not the newest."""
        state = {**state, "of": self.of, "log_sha256": sha256(self.log.head(state["log"]))}
        self.slots.save(tensors, state, self.ranks)

    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """The newest whole slot; a damaged one is said and the one before it taken.

        Raises RunError for a checkpoint of something else, and where the log is not the one it was saved after.
        """
        found = self.slots.load(self.ranks)
        if found is None:
            self.log.truncate_to(0)
            return None
        for text in found.warnings:
            self.teller.warn(text)
        state = dict(found.state)
        self._refuse_other(state.pop("of"))
        self.log.check(state["log"], state.pop("log_sha256"))
        broken = [name for name, x in found.tensors.items() if not bool(x.isfinite().all())]
        if broken:
            self.teller.warn(f"the checkpoint holds numbers that are not finite, first in {broken[0]}")
        return found.tensors, state

    def replan(self, plan: dict[str, Any], why: str) -> None:
        """Write plan.json anew, and say why."""
        self.run.write("plan.json", plan)
        self.teller.warn(why)

    def _refuse_other(self, of: dict[str, Any]) -> None:
        names = sorted(name for name in {*of, *self.of} if of.get(name) != self.of.get(name))
        if names:
            told = "; ".join(f"{name}: {of.get(name)!r}, now {self.of.get(name)!r}" for name in names[:SHOWN])
            more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            raise RunError(
                f"the checkpoint in resume/ is of another run: {told}{more}",
                expected="a checkpoint that this run wrote",
                fix="copy resume/ again from where the run came, or fit again with another --out",
            )


class Follower(Disk):
    """The keeper of a process that follows another: it takes checkpoints up, and of them writes its own shard alone."""

    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """The newest whole slot; what is to be said of it the first process says."""
        found = self.slots.load(self.ranks)
        return None if found is None else (found.tensors, found.state)

    def append(self, line: dict[str, Any]) -> None:
        """Nothing: the first process has the log."""

    def truncate(self, length: int) -> None:
        """Nothing."""

    def save(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Its rows of what is cut, where the first says."""
        del state
        if any(map(is_cut, tensors.values())):
            self.slots.save_part(tensors, self.ranks.say(), self.ranks)

    def replan(self, plan: dict[str, Any], why: str) -> None:
        """Nothing."""


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
