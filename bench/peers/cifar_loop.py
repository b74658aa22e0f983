"""CIFAR-10's subset by an ordinary loop: Adam, float32, batches of 64, pictures mirrored and shifted by chance.

https://docs.pytorch.org/tutorials/beginner/blitz/cifar10_tutorial.html, with the net that all systems train and Adam.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset

from bench.peers.data import cifar
from bench.peers.net import scaled, small_cnn, weights
from bench.peers.script import asked


class Moved(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Pictures (C, S, S), mirrored by chance and shifted by up to four pixels, with their labels."""

    def __init__(self, x: torch.Tensor, y: torch.Tensor):
        self.x, self.y = F.pad(x, (4, 4, 4, 4)), y

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, torch.Tensor]:
        top, left, mirror = torch.randint(9, (3,)).tolist()
        x = self.x[row, :, top : top + 32, left : left + 32]
        return x.flip(-1) if mirror % 2 else x, self.y[row]


def main() -> None:
    given = asked(budget=12)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    (x, y), (test_x, test_y) = (
        (scaled(torch.from_numpy(pixels)), torch.from_numpy(labels))
        for pixels, labels in (cifar("train", given.rows), cifar("test"))
    )
    batches = DataLoader(Moved(x, y), batch_size=64, shuffle=True)
    asks = DataLoader(TensorDataset(test_x, test_y), batch_size=256)
    net, loss = small_cnn(3), nn.CrossEntropyLoss()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)

    def judge() -> float:
        net.eval()
        with torch.no_grad():
            return sum(int((net(x).argmax(1) == y).sum()) for x, y in asks) / len(test_y)

    for epoch in range(given.budget):
        net.train()
        for some, labels in batches:
            adam.zero_grad()
            loss(net(some), labels).backward()
            adam.step()
        if (given.each or epoch + 1 == given.budget) and given.judge(judge):
            break
    given.say(weights(net), given.epochs * len(y))


if __name__ == "__main__":
    main()
