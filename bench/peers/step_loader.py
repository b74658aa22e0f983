"""A step of the small net by the ordinary loop: DataLoader, Adam, float32."""

from __future__ import annotations

import statistics

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from bench.peers.gauge import repeated, say
from bench.peers.mlp import BATCH, STEPS, net, rows


def main() -> None:
    torch.set_num_threads(1)
    batches = DataLoader(TensorDataset(*map(torch.from_numpy, rows())), batch_size=BATCH, shuffle=True)
    model, loss = net(), nn.CrossEntropyLoss()
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)

    def epoch() -> None:
        for x, y in batches:
            adam.zero_grad()
            loss(model(x), y).backward()
            adam.step()

    say(us=1e6 * statistics.median(repeated(epoch, 9, warm=1)) / STEPS)


if __name__ == "__main__":
    main()
