"""The processes that train together: which one this is, and what they tell each other.

Numbers go over torch's own engine (NCCL between accelerators, gloo between processors), words over its store, as JSON.
A collective is met by all within a minute, so it stands only where all are equally fast; where the others wait for
what the first alone does (reading, scores, a checkpoint), they wait for a word, as long as it takes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from .errors import PlanError, RunError
from .files import arrays_bytes, arrays_from, sha256
from .ragged import Ragged, Rows

Item = TypeVar("Item")
STUCK = 60.0  # seconds after which one that did not come is named
JOIN = timedelta(minutes=5)  # for all to be started
LONG = timedelta(days=30)  # for a word
AGAIN = 0.05  # seconds until it is looked again who is there
TOLD = 3.0  # seconds that those who came have to say so

# torch 2.13 has new names for these two, and warns of the old ones
GATHER = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor
SCATTER = getattr(dist, "reduce_scatter_single", None) or dist.reduce_scatter_tensor


class Ranks:
    """One of `world` processes, number `rank` from 0 on; alone where nobody else was started."""

    def __init__(self, rank: int = 0, world: int = 1, store: Any = None):
        self.rank, self.world, self.store = rank, world, store
        self.words, self.met = 0, 0

    @property
    def first(self) -> bool:
        """Whether this one reads, judges, writes and speaks."""
        return self.rank == 0

    @property
    def many(self) -> bool:
        """Whether there are others."""
        return self.world > 1

    def own(self, parts: Iterable[Item]) -> list[tuple[int, Item]]:
        """The parts that are this process's, each with its number among all."""
        return list(islice(enumerate(parts), self.rank, None, self.world))

    def rounds(self, parts: Iterable[Item]) -> Iterator[tuple[int, Item, bool]]:
        """The same parts one after the other, each with its number and whether it counts: where the last round has too
        few of them, some get one of another's, so that all are called equally often."""
        left = enumerate(parts)
        while some := list(islice(left, self.world)):
            yield *some[min(self.rank, len(some) - 1)], self.rank < len(some)

    def rows(self, count: int) -> slice:
        """Which of so many rows are this process's where a tensor is cut: as many as the others have, the last ones
        fewer or none, as `torch.chunk` cuts."""
        each = -(-count // self.world)
        return slice(min(self.rank * each, count), min((self.rank + 1) * each, count))

    def whole(self, rows: Tensor, count: int) -> Tensor:
        """The tensor of so many rows of which each process has those of `rows`."""
        each = -(-count // self.world)
        padded = rows.new_zeros(each, *rows.shape[1:])
        padded[: len(rows)] = rows
        found = rows.new_empty(each * self.world, *rows.shape[1:])
        self.meet(lambda: GATHER(found, padded))
        return found[:count]

    def sum(self, tensors: Sequence[Tensor]) -> None:
        """Add up tensors over all processes, in place; those of one type and device go as one. The sum is the same to
        the bit in all. Raises RunError naming who did not come."""
        if not self.many:
            return
        groups: dict[tuple[torch.dtype, torch.device], list[Tensor]] = {}
        for x in tensors:
            groups.setdefault((x.dtype, x.device), []).append(x)
        for together in groups.values():
            flat = torch.cat([x.reshape(-1) for x in together])
            self.meet(lambda flat=flat: dist.all_reduce(flat))  # type: ignore[misc]
            for x, part in zip(together, torch.split(flat, [x.numel() for x in together]), strict=True):
                x.copy_(part.view(x.shape))

    def agree(self, *numbers: float) -> list[float]:
        """The sums of some numbers over all processes."""
        if not self.many:
            return list(numbers)
        told = torch.tensor(numbers, dtype=torch.float64)
        self.sum([told])
        return told.tolist()

    def say(self, value: Any = None) -> Any:
        """What the first says, in all of them; a value that is plain JSON. The others wait."""
        if not self.many:
            return value
        self.words += 1
        name = f"word/{self.words}"
        if self.first:
            self.store.set(name, json.dumps(value))
            return value
        self.store.wait([name], LONG)
        return json.loads(self.store.get(name))

    def same(self, number: float) -> bool:
        """Whether a number is the first's in all processes, to the bit; one that is none is like no other."""
        return self.agree(float(self.say(number) != number))[0] == 0

    def gather(self, rows: Sequence[Rows]) -> list[Rows]:
        """What `own` dealt out and each process made of it, in the order of the whole; for the others nothing."""
        if not self.many:
            return list(rows)
        data = torch.from_numpy(np.frombuffer(arrays_bytes(_named(rows)), np.uint8).copy())
        sizes = torch.zeros(self.world, dtype=torch.int64)
        sizes[self.rank] = len(data)
        self.sum([sizes])
        padded = torch.zeros(int(sizes.max()), dtype=torch.uint8)
        padded[: len(data)] = data
        parts = [torch.empty_like(padded) for _ in range(self.world)] if self.first else None
        self.meet(lambda: dist.gather(padded, parts, dst=0))
        if parts is None:
            return []
        dealt = [_rows(arrays_from(p[:n].numpy().tobytes())) for p, n in zip(parts, sizes.tolist(), strict=True)]
        return [dealt[i % self.world][i // self.world] for i in range(sum(map(len, dealt)))]

    def meet(self, collective: Callable[[], Item]) -> Item:
        """What a collective of torch's gives. Raises RunError naming who did not come to it."""
        try:
            given = collective()
        except RuntimeError as error:
            raise self._lost(error) from None
        self.met += 1
        return given

    def _lost(self, error: RuntimeError) -> RunError:
        """Who did not come: each that did says so, and those that are silent are named."""
        self.store.set(f"came/{self.met}/{self.rank}", "")
        time.sleep(TOLD)
        silent = [r for r in range(self.world) if not self.store.check([f"came/{self.met}/{r}"])]
        who = f"process {', '.join(map(str, silent))} of {self.world}" if silent else "the connection between processes"
        why = "did not answer" if "imed out" in str(error) else "was lost"
        return RunError(
            f"{who} {why}",
            expected="all processes of a run, from its beginning to its end",
            fix="look at what that process said last, and go on with --resume",
        )


ALONE = Ranks()


def neighbours(world: int) -> int:
    """How many of `world` processes share this machine's cores; all, where torchrun has not said."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", world))


def accelerator(rank: int, world: int) -> int | None:
    """The number of the accelerator of this machine that is this process's own; None where there is none.

    Raises PlanError where the processes of this machine are more than its accelerators.
    """
    if not torch.cuda.is_available():
        return None
    here, there = torch.cuda.device_count(), neighbours(world)
    if there > here:
        raise PlanError(
            f"{there} processes on a machine of {here} accelerator{'' if here == 1 else 's'}",
            expected="one for each process",
            fix=f"--ranks {here}, or CUDA_VISIBLE_DEVICES= before the command, which trains on processors",
        )
    return int(os.environ.get("LOCAL_RANK", rank))


@contextmanager
def started() -> Iterator[Ranks]:
    """Those that torchrun started, or whatever else sets its variables; alone where nothing did.

    Raises RunError where the first cannot be reached.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    with _reached():
        store, rank, world = next(rendezvous("env://", timeout=JOIN))
    with joined(rank, world, store) as ranks:
        yield ranks


@contextmanager
def joined(rank: int, world: int, store: Any) -> Iterator[Ranks]:
    """One of several processes while the block runs, met at a store. Raises RunError where they do not meet."""
    own = accelerator(rank, world)
    if own is not None:
        torch.cuda.set_device(own)  # what "cuda" means in this process from here on
    engine = "gloo" if own is None else "cpu:gloo,cuda:nccl"
    with _reached():
        store = PrefixStore(_met(rank, world, store), store)
        dist.init_process_group(engine, store=store, rank=rank, world_size=world, timeout=timedelta(seconds=STUCK))
    try:
        yield Ranks(rank, world, PrefixStore("lamina", store))
    finally:
        dist.destroy_process_group()


def _met(rank: int, world: int, store: Any) -> str:
    """A name for those who are here now, the same in all of them: torchrun starts a team again at the same store, where
    the addresses of one that died still stand. Each calls itself by a name drawn anew, and waits until all see alike.
    """
    here, seen = ([f"{word}/{other}" for other in range(world)] for word in ("here", "seen"))
    store.set(here[rank], uuid4().hex)
    until = time.monotonic() + JOIN.total_seconds()
    while time.monotonic() < until:
        store.wait(here, JOIN)
        team = sha256(b"".join(store.multi_get(here)))
        store.set(seen[rank], team)
        store.wait(seen, JOIN)
        if all(other == team.encode() for other in store.multi_get(seen)):
            return team
        time.sleep(AGAIN)
    raise RuntimeError("some of them were not started again")


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise RunError(
            f"the processes of this run cannot reach each other: {str(error).splitlines()[0]}",
            expected="MASTER_ADDR and MASTER_PORT of the first, reachable from all",
            fix="torchrun --nproc-per-node=2 -m lamina fit …, or --ranks 2 on one machine",
        ) from None


def _named(rows: Sequence[Rows]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for i, x in enumerate(rows):
        named |= {f"{i}.values": x.values, f"{i}.lengths": x.lengths} if isinstance(x, Ragged) else {f"{i}": x}
    return named


def _rows(arrays: dict[str, Any]) -> list[Rows]:
    count = len({name.partition(".")[0] for name in arrays})
    return [
        arrays[str(i)] if str(i) in arrays else Ragged.packed(arrays[f"{i}.values"], arrays[f"{i}.lengths"])
        for i in range(count)
    ]
