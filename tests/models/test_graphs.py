"""Pages for graphs: equal to a peer with the same weights, blind to the order of nodes, and each graph for itself."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import nn

from lamina.errors import PlanError
from lamina.forms import Nodes, pooled
from lamina.layers import softmax_at, with_loops
from lamina.models.gat import Gat, GatPlan, GraphAttention
from lamina.models.gcn import Gcn, GcnPlan, GraphConvolution, spread
from lamina.models.gin import Gin, GinPlan, Isomorphism
from lamina.models.mpnn import Mpnn, MpnnPlan

N, G = 5, 3
PAGES = {
    "gcn": lambda: Gcn(GcnPlan(width=8, depth=3), N, G),
    "gat": lambda: Gat(GatPlan(width=8, heads=2), N, G),
    "gin": lambda: Gin(GinPlan(width=8, depth=2), N, G),
    "mpnn": lambda: Mpnn(MpnnPlan(width=8), N, G),
}
every = pytest.mark.parametrize("page", PAGES)


def graph(nodes: int, seed: int, edges: int = 0) -> Nodes:
    """A graph drawn at random, its edges both ways, one node without an edge."""
    draw = torch.Generator().manual_seed(seed)
    ends = torch.randint(0, max(nodes - 1, 1), (2, edges or 2 * nodes), generator=draw)
    ends = torch.cat([ends, ends.flip(0)], dim=1)
    x, edge_x = torch.randn(nodes, N, generator=draw), torch.randn(ends.shape[1], G, generator=draw)
    return Nodes(x, torch.zeros(nodes, dtype=torch.long), ends, 1, edge_x)


def together(graphs: list[Nodes]) -> Nodes:
    """Several graphs as one batch."""
    first = [0, *torch.tensor([len(g.x) for g in graphs]).cumsum(0).tolist()]
    return Nodes(
        torch.cat([g.x for g in graphs]),
        torch.cat([g.graph + i for i, g in enumerate(graphs)]),
        torch.cat([g.edges + first[i] for i, g in enumerate(graphs)], dim=1),
        len(graphs),
        torch.cat([g.edge_x for g in graphs]),
    )


def made(page: str):
    torch.manual_seed(0)
    return PAGES[page]().eval()


@every
def test_a_batch_of_graphs_answers_as_each_graph_alone(page):
    body, graphs = made(page), [graph(6, 1), graph(1, 2), graph(9, 3)]
    whole = pooled(body(together(graphs)))
    alone = torch.cat([pooled(body(g)) for g in graphs])
    assert whole.shape == (3, body.width)
    torch.testing.assert_close(whole, alone, rtol=1e-5, atol=1e-5)


@every
def test_the_order_of_the_nodes_makes_no_difference(page):
    body, given = made(page), graph(9, 4)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(0))
    place = order.argsort()
    turned = dataclasses.replace(given, x=given.x[order], edges=place[given.edges])
    form, other = body(given), body(turned)
    torch.testing.assert_close(pooled(other), pooled(form), rtol=1e-4, atol=1e-5)
    if isinstance(form, Nodes):
        torch.testing.assert_close(other.x, form.x[order], rtol=1e-4, atol=1e-5)
    changed = dataclasses.replace(given, edges=given.edges[:, 2:], edge_x=given.edge_x[2:])
    assert not torch.allclose(pooled(body(changed)), pooled(form))  # and edges do make one


def test_what_a_bond_is_like_makes_a_difference_to_mpnn():
    body, given = made("mpnn"), graph(6, 5)
    changed = dataclasses.replace(given, edge_x=given.edge_x.flip(0))
    assert not torch.allclose(pooled(body(changed)), pooled(body(given)))


def test_few_kinds_of_bonds_are_said_at_once_and_say_the_same():
    body, given = made("mpnn"), graph(8, 11)
    kind = torch.arange(given.edges.shape[1]) % 3
    few = dataclasses.replace(given, edge_x=given.edge_x[:3], edge_kind=kind)
    each = dataclasses.replace(given, edge_x=given.edge_x[:3][kind])
    torch.testing.assert_close(pooled(body(few)), pooled(body(each)), rtol=1e-5, atol=1e-5)


def test_gin_tells_graphs_apart_that_a_mean_over_neighbours_cannot():
    hub = torch.tensor([[1, 2, 3, 4], [0, 0, 0, 0]])
    ones = Nodes(torch.ones(5, N), torch.zeros(5, dtype=torch.long), hub, 1)
    fewer = dataclasses.replace(ones, edges=hub[:, :2])
    mean = lambda g: torch.ones(len(g.x), N) + 0 * g.x  # noqa: E731  what a mean over equal neighbours comes to
    assert torch.equal(mean(ones), mean(fewer))
    gin = made("gin")
    assert not torch.allclose(gin(ones).x[0], gin(fewer).x[0])


def test_rows_about_nodes_of_one_graph_are_those_nodes():
    given = dataclasses.replace(graph(7, 6), picked=torch.tensor([2, 2, 5]))
    form = made("gcn")(given)
    assert torch.equal(pooled(form), form.x[[2, 2, 5]])


def test_shares_of_attention_add_to_one_at_each_node():
    places = torch.tensor([0, 0, 2, 2, 2])
    shares = softmax_at(torch.tensor([[1.0], [2.0], [1e4], [-1e4], [1e4]]), places, 3)
    torch.testing.assert_close(shares.squeeze(1)[:2], torch.tensor([1.0, 2.0]).softmax(0))
    assert shares.squeeze(1)[2:].tolist() == [0.5, 0.0, 0.5]


def test_a_loop_is_not_doubled():
    assert with_loops(torch.tensor([[0, 1], [1, 1]]), 2).tolist() == [[0, 0, 1], [1, 0, 1]]


def test_heads_that_do_not_fit_the_width_are_refused():
    with pytest.raises(PlanError, match="does not split"):
        GatPlan(width=10, heads=4)


@pytest.fixture(scope="module")
def layers():
    return pytest.importorskip("torch_geometric.nn", reason="torch_geometric, the peer, is not installed")


def test_gcn_convolves_as_torch_geometric_does(layers):
    given, ours = graph(9, 7), GraphConvolution(N, 4)
    theirs = layers.GCNConv(N, 4)
    theirs.lin.weight.data, theirs.bias.data = ours.linear.weight.data, torch.randn(4)
    ours.bias.data = theirs.bias.data
    torch.testing.assert_close(ours(given.x, given.edges), theirs(given.x, given.edges), rtol=1e-5, atol=1e-5)


def test_gat_attends_as_torch_geometric_does(layers):
    given, ours = graph(9, 8), GraphAttention(N, 8, heads=2)
    theirs = layers.GATConv(N, 4, heads=2)
    theirs.lin.weight.data, theirs.bias.data = ours.linear.weight.data, ours.bias.data
    theirs.att_src.data, theirs.att_dst.data = ours.source.data[None], ours.target.data[None]
    torch.testing.assert_close(ours(given.x, given.edges), theirs(given.x, given.edges), rtol=1e-5, atol=1e-5)


def test_gin_adds_up_as_torch_geometric_does(layers):
    given, ours = graph(9, 9), Isomorphism(N, 8, learn=True)
    theirs = layers.GINConv(ours.net, eps=0.3, train_eps=True)
    nn.init.constant_(ours.eps, 0.3)
    torch.testing.assert_close(ours(given.x, given.edges), theirs(given.x, given.edges).relu(), rtol=1e-5, atol=1e-5)


def test_edge_networks_send_what_torch_geometric_sends(layers):
    given, width = graph(9, 10), 6
    ours = Mpnn(MpnnPlan(width=width), N, G).message
    theirs = layers.NNConv(width, width, Turned(ours.matrix, width), aggr="add", root_weight=False)
    theirs.bias.data = ours.bias.data
    x = torch.randn(9, width)
    said = ours(x, given.edges, ours.matrices(given.edge_x))
    torch.testing.assert_close(said, theirs(x, given.edges, given.edge_x), rtol=1e-4, atol=1e-5)


class Turned(nn.Module):
    """The peer multiplies from the left: its matrices are ours, turned."""

    def __init__(self, matrix: nn.Module, width: int):
        super().__init__()
        self.matrix, self.width = matrix, width

    def forward(self, edge_x):
        return self.matrix(edge_x).unflatten(-1, (self.width, self.width)).mT.flatten(1)


def test_in_bfloat16_a_node_still_knows_how_many_neighbours_it_has():
    leaves = torch.arange(1, 1001)
    edges = torch.stack([torch.cat([leaves, 0 * leaves]), torch.cat([0 * leaves, leaves])])
    x = torch.randn(1001, 4, generator=torch.Generator().manual_seed(0))
    exact, rounded = spread(x, edges), spread(x.bfloat16(), edges)
    assert rounded.dtype == torch.bfloat16
    torch.testing.assert_close(rounded[1:].float(), exact[1:], atol=0.02, rtol=0.02)
