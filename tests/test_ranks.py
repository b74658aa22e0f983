"""Processes that meet at a store are the ones that are there now."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import torch.distributed as dist

from lamina.errors import PlanError
from lamina.ranks import Ranks, _met, accelerator


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


@pytest.mark.parametrize("world", [1, 2, 3, 7])
def test_in_every_round_all_get_a_part_and_each_part_counts_once(world):
    for count in range(9):
        dealt = [list(Ranks(rank, world).rounds(range(10, 10 + count))) for rank in range(world)]
        assert len({len(rounds) for rounds in dealt}) == 1
        assert sorted(number for rounds in dealt for number, _, counts in rounds if counts) == list(range(count))
        assert all(part == 10 + number for rounds in dealt for number, part, _ in rounds)
        mine = [[(number, part) for number, part, counts in rounds if counts] for rounds in dealt]
        assert mine == [Ranks(rank, world).own(range(10, 10 + count)) for rank in range(world)]


@pytest.mark.parametrize("world", [1, 2, 3, 7])
def test_rows_are_cut_as_torch_cuts_them(world):
    for count in range(1, 12):
        x = torch.arange(count)
        cut = [x[Ranks(rank, world).rows(count)].tolist() for rank in range(world)]
        chunks = [part.tolist() for part in x.chunk(world)]
        assert cut == chunks + [[]] * (world - len(chunks))


def test_each_process_of_a_machine_has_an_accelerator_of_its_own(monkeypatch):
    assert torch.cuda.is_available() or accelerator(1, 2) is None
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [accelerator(rank, 2) for rank in range(2)] == [0, 1]
    with pytest.raises(PlanError, match=r"3 processes on a machine of 2 accelerators(.|\n)*--ranks 2"):
        accelerator(0, 3)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert accelerator(5, 6) == 1
