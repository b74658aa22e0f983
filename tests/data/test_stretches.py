"""Stretches cut from chains: letters and places stay beside each other, drawn alike for a row whatever is beside it."""

from __future__ import annotations

import torch

from lamina.data.augment import Augment
from lamina.data.together import choose_together, moves_together, together
from lamina.forms import Batch
from lamina.kinds import Field, Schema
from lamina.kinds.protein import Protein
from lamina.kinds.structure import Structure

SCHEMA = Schema((Field("sequence", Protein(), "input"), Field("structure", Structure(), "target")))


def batch(*lengths: int, rows=None, epoch: int = 0) -> Batch:
    """Chains in which letter and place of a residue are its number."""
    letters = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    places = torch.full((len(lengths), max(lengths), 3, 3), torch.nan)
    for i, length in enumerate(lengths):
        letters[i, :length] = torch.arange(1, length + 1)
        places[i, :length] = torch.arange(1, length + 1)[:, None, None].float()
    return Batch({"sequence": letters}, {"structure": places}, torch.tensor(rows or range(len(lengths))), epoch)


def cut(given: Batch, length: int = 5, seed: int = 0) -> Batch:
    return together(given, Augment(stretch=length), SCHEMA, seed, 0)


def test_a_stretch_is_in_a_row_and_the_places_are_those_of_its_letters():
    made = cut(batch(20, 12, 3))
    letters, places = made.inputs["sequence"], made.targets["structure"]
    assert letters.shape == (3, 5)
    assert torch.equal(letters[:2].diff(), torch.ones(2, 4, dtype=torch.long))
    assert letters[2].tolist() == [1, 2, 3, 0, 0]
    known = letters > 0
    assert torch.equal(places[known][:, 1, 1].long(), letters[known])
    assert places[~known].isnan().all()


def test_every_stretch_may_come_and_none_else():
    starts = {int(cut(batch(8, epoch=epoch)).inputs["sequence"][0, 0]) for epoch in range(60)}
    assert starts == {1, 2, 3, 4}


def test_a_row_is_cut_alike_whatever_is_beside_it():
    alone, beside = cut(batch(20, rows=[7])), cut(batch(30, 20, rows=[3, 7]))
    assert torch.equal(alone.inputs["sequence"][0], beside.inputs["sequence"][1])
    assert not torch.equal(cut(batch(20), seed=1).inputs["sequence"], cut(batch(20)).inputs["sequence"])


def test_short_chains_stay_as_they_are():
    given = batch(5, 4)
    assert cut(given) is given
    assert together(given, Augment(), SCHEMA, 0, 0) is given


def test_chains_are_cut_by_default():
    assert moves_together(SCHEMA)
    augment, reasons = choose_together(SCHEMA, 100, None)
    assert augment == Augment(stretch=256)
    assert "256 residues in a row" in reasons[0]
