"""Cora with torch_geometric, as its own example trains a GCN: 16 features inside, Adam at 0.01, 200 epochs.

https://github.com/pyg-team/pytorch_geometric/blob/master/examples/gcn.py, where the test accuracy is that of
the epoch with the best accuracy on validation, as here.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F
from torch_geometric.data import Data
from torch_geometric.nn import GCNConv
from torch_geometric.transforms import NormalizeFeatures

from bench.peers.data import cora
from bench.peers.net import weights
from bench.peers.script import asked


class Gcn(nn.Module):
    """x (N, D), edges (2, E) -> (N, 7)"""

    def __init__(self, given: int, classes: int):
        super().__init__()
        self.first, self.second = GCNConv(given, 16, cached=True), GCNConv(16, classes, cached=True)

    def forward(self, x: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        x = self.first(F.dropout(x, 0.5, self.training), edges).relu()
        return self.second(F.dropout(x, 0.5, self.training), edges)


def main() -> None:
    given = asked(budget=200)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    found = {name: torch.from_numpy(values) for name, values in cora().items()}
    graph = NormalizeFeatures()(Data(x=found["x"], edge_index=found["edges"], y=found["y"]))
    net = Gcn(graph.x.shape[1], int(graph.y.max()) + 1)
    groups = [{"params": net.first.parameters(), "weight_decay": 5e-4}, {"params": net.second.parameters()}]
    adam = torch.optim.Adam(groups, lr=0.01)
    best = kept = 0.0
    for _ in range(given.budget):
        net.train()
        adam.zero_grad()
        out = net(graph.x, graph.edge_index)
        F.cross_entropy(out[found["train"]], graph.y[found["train"]]).backward()
        adam.step()
        net.eval()
        with torch.no_grad():
            right = net(graph.x, graph.edge_index).argmax(1) == graph.y
        valid, test = (float(right[found[part]].float().mean()) for part in ("valid", "test"))
        if valid > best:
            best, kept = valid, test
    given.judge(lambda: kept)
    given.say(weights(net), given.budget * len(found["train"]))


if __name__ == "__main__":
    main()
