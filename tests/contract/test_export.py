"""Pairs of a model and what it answers, exported and held against the net itself; `python -m bench.proof export` has
them all."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from bench.proof_export import PAIRS, SOUND, differs, predictor_of, schema_of

from lamina.errors import PlanError
from lamina.export import BOUND, refuse
from lamina.export.graph import graph_of
from lamina.export.parity import Runtime
from lamina.export.ports import AND, ANSWERS, PORTS, WHY, ports_of
from lamina.kinds import KINDS, Category, Field, Graph, Link, Number, Schema, Text
from lamina.models import PAGES

# one of each way of being traced: columns, a recurrent net over texts of any length, a picture drawn again, a forecast
SOME = ("mlp: Number, Number, Category to Category", "lstm: Text to Each", "autoencoder", "dlinear")
NEVER = {
    "convrnn": "sound to text only",
    "edsr": "pictures of any size only",
    "fcos": "boxes only",
    "evoformer": "proteins only",
    "gcn": "graphs only", "gat": "graphs only", "gin": "graphs only", "mpnn": "graphs only",
    "complex": "graphs only", "distmult": "graphs only",
    "seq2seq": "texts only", "t5": "texts only",
    "vae": "drawn at random", "dcgan": "drawn at random", "ddpm_unet": "drawn at random",
    "alphazero": "played only",
}  # fmt: skip


@pytest.mark.parametrize("name", SOME)
def test_a_graph_answers_as_its_net_at_every_size_and_length(name):
    pair = next(pair for pair in PAIRS if str(pair).startswith(name))
    assert differs(pair) <= BOUND


def test_a_number_comes_in_the_users_units():
    predictor = predictor_of(next(pair for pair in PAIRS if str(pair) == "mlp: Number to Number"))
    ports, numbers = ports_of(predictor.schema), torch.tensor([[0.5], [float("nan")], [2.0]])
    runtime = Runtime(graph_of(predictor).SerializeToString())
    (theirs,) = runtime.answer((numbers,))
    with torch.inference_mode():
        ours = predictor.kind.decode(predictor.net.answer({ports[0].slot.name: numbers}))
    assert theirs.tolist() == pytest.approx(ours, abs=1e-5)
    assert min(ours) > 990  # a mean of 1,000


def test_names_of_arrays_are_plain_and_none_stands_twice():
    names = ("x", "x_lengths", "x y", "probabilities", "é", "")
    kinds = (SOUND, Text(), Text(), Text(), Text(), Text())
    inputs = [Field(name, kind, "input") for name, kind in zip(names, kinds, strict=True)]
    given = [port.name for port in ports_of(Schema((*inputs, Field("y", Category(), "target"))))]
    assert given == ["x", "x_lengths", "x_lengths_2", "x_y", "probabilities_2", "input", "input_2"]


def test_every_page_is_proved_or_never_exported():
    proved = {pair.model for pair in PAIRS}
    assert proved & set(NEVER) == set()
    assert proved | set(NEVER) >= set(PAGES) - {"resnet34"}  # as resnet18, with more blocks


def test_every_kind_and_link_of_the_tables_is_proved():
    assert {type(kind) for pair in PAIRS for kind in pair.inputs} == set(PORTS)
    assert {(type(pair.target), pair.link) for pair in PAIRS} == set(ANSWERS)
    for pair in PAIRS:
        refuse(schema_of(pair))


def test_every_link_is_exported_or_says_why_not():
    exported = {link for _, link in ANSWERS}
    assert exported | set(WHY) == set(get_args(Link))
    assert not exported & set(WHY)
    assert set(AND) <= set(KINDS)


@pytest.mark.parametrize(
    ("given", "target", "link", "why"),
    [
        (Text(), Text(), "written", "written token by token"),
        (Text(), Text(), "causal", "goes on from what it has written"),
        (Graph(), Category(), "aligned", '"x" is of the kind Graph, which is no array of rows'),
        (Number(), KINDS["Boxes"](), "aligned", "finds as many things as there are"),
        (Number(), KINDS["Structure"](), "aligned", "laid out in space"),
    ],
)
def test_what_is_no_graph_of_arrays_is_refused_with_what_works(given, target, link, why):
    with pytest.raises(PlanError, match=why) as refused:
        refuse(Schema((Field("x", given, "input"), Field("y", target, "target", "", link))))
    assert "classes, labels, numbers, forecasts" in str(refused.value)
    assert "lamina predict" in str(refused.value)
