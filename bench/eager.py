"""The ordinary loop, as a tutorial writes it: DataLoader, Adam, float32, one process. Prints its test accuracy."""

from __future__ import annotations

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from bench.net import fashion, small_cnn


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--epochs", type=int, default=10)
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    parts = []
    for name in ("train", "t10k"):
        x, y = fashion(name)
        parts.append(TensorDataset((x.float() / 255 - 0.286).div(0.353).unsqueeze(1), y))
    train, test = DataLoader(parts[0], batch_size=64, shuffle=True), DataLoader(parts[1], batch_size=256)
    net, loss = small_cnn(), nn.CrossEntropyLoss()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(given.epochs):
        net.train()
        for x, y in train:
            adam.zero_grad()
            loss(net(x), y).backward()
            adam.step()
    net.eval()
    with torch.no_grad():
        right = sum(int((net(x).argmax(1) == y).sum()) for x, y in test)
    print(right / len(parts[1]))


if __name__ == "__main__":
    main()
