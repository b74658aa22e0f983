"""The ordinary loop, as a tutorial writes it: DataLoader, Adam, float32, one process.

https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html, with Adam for its SGD.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from bench.peers.data import fashion
from bench.peers.net import scaled, small_cnn, weights
from bench.peers.script import asked


def main() -> None:
    given = asked(budget=8)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    train, test = (
        TensorDataset(scaled(torch.from_numpy(x)), torch.from_numpy(y))
        for x, y in (fashion("train", given.rows), fashion("t10k"))
    )
    batches, asks = DataLoader(train, batch_size=64, shuffle=True), DataLoader(test, batch_size=256)
    net, loss = small_cnn(), nn.CrossEntropyLoss()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)

    def judge() -> float:
        net.eval()
        with torch.no_grad():
            return sum(int((net(x).argmax(1) == y).sum()) for x, y in asks) / len(test)

    for epoch in range(given.budget):
        net.train()
        for x, y in batches:
            adam.zero_grad()
            loss(net(x), y).backward()
            adam.step()
        if (given.each or epoch + 1 == given.budget) and given.judge(judge):
            break
    given.say(weights(net), given.epochs * len(train))


if __name__ == "__main__":
    main()
