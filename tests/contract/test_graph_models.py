"""The exam that every page for graphs sits."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from lamina.errors import PlanError
from lamina.forms import Ends, Nodes, Vector, pooled
from lamina.models import PAGES, build, form_of
from lamina.train.recompute import blocks, recompute

ROWS, NODES = 3, 4
# each page on inputs (D, G) wide; the second of a page of triples is how many relations there are
SHAPES = {
    "gcn": [(5, 0), (1, 3)],
    "gat": [(5, 0), (1, 3)],
    "gin": [(5, 0), (1, 3)],
    "mpnn": [(5, 3), (1, 0)],
    "complex": [(6, 2), (2, 1)],
    "distmult": [(6, 2), (3, 1)],
}
WHOLE = ("mpnn", "complex", "distmult")  # pages that are not stacked from blocks
ASKING = ("complex", "distmult")  # pages of one graph, whose rows are questions
CASES = [(name, shape) for name, shapes in SHAPES.items() for shape in shapes]
FIRST = [(name, shapes[0]) for name, shapes in SHAPES.items()]


def made(name, shape, seed=0):
    torch.manual_seed(seed)
    return build(name, {}, shape, "graph")


def inputs(name, shape, rows=ROWS):
    """Some graphs of four nodes each, or so many questions about one graph."""
    draw = torch.Generator().manual_seed(1)
    ring = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
    edges = torch.cat([ring + NODES * i for i in range(rows)], dim=1)
    x = torch.randn(NODES * rows, shape[0], generator=draw)
    graph = torch.arange(rows).repeat_interleave(NODES)
    if name in ASKING:
        asked = torch.arange(rows)
        return Nodes(x, torch.zeros_like(graph), edges, 1, picked=asked, relation=asked % shape[1])
    edge_x = torch.randn(edges.shape[1], shape[1], generator=draw) if shape[1] else None
    return Nodes(x, graph, edges, rows, edge_x)


def rows_of(form):
    """What each row comes to."""
    return form.x if isinstance(form, Ends) else pooled(form)


def test_every_page_sits_the_exam():
    assert set(SHAPES) == {name for name, page in PAGES.items() if page.takes == "graph"}


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_a_page_gives_the_form_and_width_it_says(name, shape):
    body = made(name, shape).eval()
    form = body(inputs(name, shape))
    assert type(form) is form_of(body)
    assert type(form) in (Nodes, Vector, Ends)
    assert rows_of(form).shape == (ROWS, body.width)
    assert form.x.isfinite().all()


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_a_batch_of_one_answers_as_it_does_in_company(name, shape):
    body, whole = made(name, shape).eval(), inputs(name, shape)
    alone = inputs(name, shape, 1)
    alone = replace(alone, x=whole.x if name in ASKING else whole.x[:NODES])
    if whole.edge_x is not None:
        alone = replace(alone, edge_x=whole.edge_x[:NODES])
    torch.testing.assert_close(rows_of(body(alone)), rows_of(body(whole))[:1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_every_parameter_gets_a_gradient(name, shape):
    body = made(name, shape)
    form = body(inputs(name, shape, 8))
    (form.x * torch.randn_like(form.x)).sum().backward()
    for part, parameter in body.named_parameters():
        assert parameter.grad is not None, part
        assert parameter.grad.isfinite().all(), part
        assert parameter.grad.any(), part


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_saved_and_loaded_it_answers_the_same(name, shape, tmp_path):
    body, other, given = made(name, shape), made(name, shape, seed=1), inputs(name, shape)
    body(given)  # so that the norms' running means are not those they began with
    save_file(body.state_dict(), tmp_path / "weights.safetensors")
    if list(body.parameters()):
        assert not torch.equal(rows_of(other.eval()(given)), rows_of(body.eval()(given)))
    other.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    assert torch.equal(rows_of(other.eval()(given)), rows_of(body.eval()(given)))


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_a_seed_decides_the_weights(name, shape):
    one, same, another = (made(name, shape, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[part], same[part]) for part in one)
    assert any(not torch.equal(one[part], another[part]) for part in one)


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_it_is_one_graph_for_the_compiler(name, shape):
    torch.compiler.reset()
    body, given = made(name, shape).eval(), inputs(name, shape)
    compiled = torch.compile(body, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(given).x, body(given).x)


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_it_runs_in_bfloat16(name, shape):
    body, given = made(name, shape).eval(), inputs(name, shape)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(rows_of(body(given)).float(), rows_of(body(given)).float())


@pytest.mark.parametrize("name", ASKING)
def test_a_page_of_triples_refuses_a_graph_without_relations(name):
    with pytest.raises(PlanError, match="no relations"):
        made(name, (6, 0))


def test_a_complex_width_has_two_halves():
    with pytest.raises(PlanError, match="two halves"):
        made("complex", (5, 2))


def test_complex_tells_head_from_tail_and_distmult_cannot():
    there, back = torch.tensor([0]), torch.tensor([1])
    for name, same in (("complex", False), ("distmult", True)):
        body, given = made(name, (6, 2)).eval(), inputs(name, (6, 2), 1)
        one = body(replace(given, picked=there, relation=torch.tensor([0])))
        other = body(replace(given, picked=back, relation=torch.tensor([0])))
        assert bool(torch.isclose(one.x[0] @ one.nodes[1], other.x[0] @ other.nodes[0], atol=1e-6)) == same


@pytest.mark.parametrize(("name", "shape"), FIRST)
def test_computed_again_on_the_way_back_it_learns_the_same_to_the_bit(name, shape):
    plain = made(name, shape)
    again, found = copy.deepcopy(plain), []
    recompute(again)
    assert bool(blocks(plain)) == (name not in WHOLE)
    for body in (plain, again):
        torch.manual_seed(3)
        rows_of(body(inputs(name, shape))).sin().sum().backward()
        found.append({**dict(body.named_buffers()), **{part: p.grad for part, p in body.named_parameters()}})
    assert all(torch.equal(x, found[1][part]) for part, x in found[0].items())
