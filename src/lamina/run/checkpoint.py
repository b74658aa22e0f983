"""Two checkpoint slots: one is always whole while the other is written.

A slot is a folder with `tensors.safetensors`, `state.json` and a manifest. Its manifest is removed first and written
last, so a slot that was being written when the process died is told from one that was damaged later. The manifest
holds the hash of each tensor as well, so damage is named to the tensor. Where tensors are cut over several processes,
each writes its rows to a `shard-0-of-2.safetensors` of its own, and the first, who writes the rest, lists them all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from torch import Tensor

from ..config import parse_json
from ..errors import RunError
from ..files import Newer, json_bytes, said, seal, sha256, sweep, sync_folder, unseal, what_is, write_bytes
from ..ranks import ALONE, Ranks
from .tensors import damage, from_bytes, here, is_cut, read_rows, to_bytes

FORMAT = 1
SLOTS = ("a", "b")
MANIFEST, TENSORS, STATE = "manifest.json", "tensors.safetensors", "state.json"
SHARDS = "shard-*-of-*.safetensors"
NOT_FINITE = "$float"  # JSON has no NaN and no infinity; a state may hold both and must come back exactly


@dataclass(frozen=True)
class Saved:
    """What a slot held, with what is to be said about the other one."""

    tensors: dict[str, Tensor]
    state: dict[str, Any]
    slot: str
    warnings: tuple[str, ...] = ()


class Checkpoint:
    """The slots `a` and `b` in a folder, written in turn."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._whole: str | None = None  # the slot that must not be touched

    def save(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any], ranks: Ranks = ALONE) -> None:
        """Write the slot that is not the newest whole one; where tensors are cut over `ranks`, all of them save at
        once. Raises RunError when the disk is full or refuses."""
        if self._whole is None:
            self.load()
        slot, number = ("a", 1) if self._whole is None else (_other(self._whole), self._number(self._whole) + 1)
        place = self.folder / slot
        files = {
            TENSORS: to_bytes({name: x for name, x in tensors.items() if not is_cut(x)}),
            STATE: json_bytes(_pack(state)),
        }
        with said(place, sum(map(len, files.values()))):
            place.mkdir(parents=True, exist_ok=True)
            (place / MANIFEST).unlink(missing_ok=True)
            for old in place.glob(SHARDS):
                old.unlink()
            sync_folder(place)
        listed = {name: _entry(data) for name, data in files.items()}
        if any(map(is_cut, tensors.values())):
            listed |= self.save_part(tensors, ranks.say(slot), ranks)
        for name, data in files.items():
            write_bytes(place / name, data)
        write_bytes(place / MANIFEST, seal({"format": FORMAT, "number": number, "files": listed}))
        self._whole = slot

    def save_part(self, tensors: Mapping[str, Tensor], slot: str, ranks: Ranks) -> dict[str, dict[str, Any]]:
        """Write this process's rows of the tensors that are cut into a slot; what the manifest says of all such files,
        for the first."""
        data = to_bytes({name: here(x) for name, x in tensors.items() if is_cut(x)})
        write_bytes(self.folder / slot / _shard(ranks.rank, ranks.world), data)
        told = ranks.gather([np.frombuffer(json_bytes(_entry(data)), np.uint8)])
        return {_shard(i, ranks.world): parse_json(bytes(x), slot) for i, x in enumerate(told)}

    def load(self, ranks: Ranks = ALONE) -> Saved | None:
        """The newest whole slot, or None where none was ever finished; a damaged slot is named in the warnings. Of what
        was saved by several processes each takes its own rows, whatever number of them there is now.

        Raises RunError when slots were written and none is whole, and for one of a newer format.
        """
        if self.folder.is_dir():
            sweep(self.folder)
        wrong: list[str] = []
        for slot in sorted(SLOTS, key=self._number, reverse=True):
            files = self._read(slot, wrong)
            if files is not None:
                self._whole = slot
                state = _unpack(parse_json(files[STATE], self._called(slot, STATE)))
                warnings = tuple(f"{text}; {self.folder.name}/{slot} is used instead" for text in wrong)
                tensors = from_bytes(files[TENSORS], self._called(slot, TENSORS))
                shards = sorted((self.folder / slot / name for name in files if name not in (TENSORS, STATE)), key=_at)
                return Saved({**tensors, **read_rows(shards, ranks)}, state, slot, warnings)
        if wrong:
            if len(wrong) == 1:
                wrong.append("the other slot was never finished")
            raise RunError(
                f"no checkpoint is whole: {'; '.join(wrong)}",
                expected="one slot as it was written",
                fix="copy resume/ again from where the run came, or fit again with another --out",
            )
        return None

    def _read(self, slot: str, wrong: list[str]) -> dict[str, bytes] | None:
        """The checked bytes of a slot, of its shards none; None where it was never finished, or is damaged, which is
        added to `wrong`."""
        place, files = self.folder / slot, {}
        if not (place / MANIFEST).exists():
            return None
        try:
            manifest = unseal((place / MANIFEST).read_bytes(), self._called(slot, MANIFEST), FORMAT)
        except Newer:
            raise
        except RunError as error:
            wrong.append(error.what)
            return None
        for name in (TENSORS, STATE, *(name for name in manifest["files"] if PurePath(name).match(SHARDS))):
            try:
                data = (place / name).read_bytes()
            except OSError as error:
                wrong.append(f"{self._called(slot, name)} cannot be read: {error.strerror}")
                return None
            if sha256(data) != manifest["files"][name]["sha256"]:
                why = "" if name == STATE else damage(data)
                wrong.append(f"{self._called(slot, name)} is damaged: {why or what_is(data)}")
                return None
            files[name] = data if name in (TENSORS, STATE) else b""  # shards are read again, in part
        return files

    def _called(self, slot: str, name: str) -> str:
        return f"{self.folder.name}/{slot}/{name}"

    def _number(self, slot: str) -> float:
        """Which save a slot holds: 0 for none; a manifest that cannot be read comes first, so that it is named."""
        try:
            return int(unseal((self.folder / slot / MANIFEST).read_bytes(), slot, FORMAT)["number"])
        except FileNotFoundError:
            return 0
        except (OSError, RunError):
            return math.inf


def _shard(rank: int, world: int) -> str:
    return f"shard-{rank}-of-{world}.safetensors"


def _at(shard: Path) -> int:
    """Which of the shards a file is."""
    return int(shard.name.split("-")[1])


def _entry(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": sha256(data)}


def _other(slot: str) -> str:
    return SLOTS[1 - SLOTS.index(slot)]


def _pack(value: Any) -> Any:
    """State as JSON can hold it: floats that are not finite under a name of their own."""
    if isinstance(value, Mapping):
        return {name: _pack(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [_pack(v) for v in value]
    if isinstance(value, np.generic):
        return _pack(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return {NOT_FINITE: repr(float(value))}
    return value


def _unpack(value: Any) -> Any:
    if isinstance(value, dict):
        return float(value[NOT_FINITE]) if value.keys() == {NOT_FINITE} else {n: _unpack(v) for n, v in value.items()}
    return [_unpack(v) for v in value] if isinstance(value, list) else value
