"""Processes that meet at a store are the ones that are there now."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import torch.distributed as dist

from lamina.ranks import _met


def team(store: dist.Store, waits: tuple[float, ...]) -> list[str]:
    """What each of some processes calls its team, each coming after a while of its own."""

    def come(rank: int) -> str:
        time.sleep(waits[rank])
        return _met(rank, len(waits), store)

    with ThreadPoolExecutor(len(waits)) as pool:
        return list(pool.map(come, range(len(waits))))


def test_those_that_were_started_again_do_not_take_the_dead_for_each_other():
    store = dist.HashStore()
    before = team(store, (0.0, 0.0, 0.0))
    assert len(set(before)) == 1
    for waits in ((0.0, 0.3, 0.1), (0.3, 0.0, 0.0)):
        again = team(store, waits)
        assert len(set(again)) == 1
        assert again[0] not in before
        before += again
