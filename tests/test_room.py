"""Where memory runs out, rows are taken in parts that fit, in order, and one is told of it once."""

from __future__ import annotations

import pytest
import torch

from lamina.errors import TrainingError
from lamina.forms import Batch
from lamina.room import Room, ran_out

FULL = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8000000000 bytes")


def rows(count):
    return Batch({"x": torch.arange(count)}, {}, torch.arange(count))


class Narrow:
    """Work that no more than `most` rows fit into; keeps how many it was asked for at once."""

    def __init__(self, most, error=FULL):
        self.most, self.error, self.asked = most, error, []

    def __call__(self, part, start):
        self.asked.append(len(part))
        if len(part) > self.most:
            raise self.error
        assert part.rows[0] == start
        return part.inputs["x"].tolist()


@pytest.mark.parametrize(
    "error",
    [
        FULL,
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: not enough memory"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        MemoryError(),
    ],
)
def test_what_allocators_say_is_understood(error):
    assert ran_out(error)
    assert not ran_out(RuntimeError("mat1 and mat2 shapes cannot be multiplied (8x4 and 3x8)"))
    assert not ran_out(ValueError("out of memory"))


@pytest.mark.parametrize("most", [1, 3, 5, 10])
def test_rows_come_in_order_in_parts_that_fit(most):
    made = Room().parts(Narrow(most), rows(10))
    assert [x for part in made for x in part] == list(range(10))
    assert max(map(len, made)) <= most


def test_what_fits_is_remembered_and_said_once():
    said = []
    room, work = Room(said.append), Narrow(3)
    for _ in range(2):
        made = room.parts(work, rows(10))
        assert [x for part in made for x in part] == list(range(10))
    assert work.asked == [10, 5, 3, 2, 3, 2, 3, 3, 2, 2]
    assert len(said) == 1
    assert "memory ran out with 10 rows at once" in said[0]


def test_a_row_that_does_not_fit_alone_is_an_error():
    with pytest.raises(TrainingError, match="memory ran out with a single row"):
        Room().parts(Narrow(0), rows(4))


def test_rows_that_are_held_against_each_other_are_not_parted():
    room, work = Room(), Narrow(4)
    with pytest.raises(TrainingError, match="8 rows that are held against each other"):
        room.parts(work, rows(8), apart=False)
    assert room.parts(work, rows(4), apart=False) == [[0, 1, 2, 3]]


def test_another_error_is_not_taken_for_one_of_memory():
    with pytest.raises(RuntimeError, match="a shape"):
        Room().parts(Narrow(3, RuntimeError("a shape that does not fit")), rows(4))
