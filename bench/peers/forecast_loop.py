"""ETTh1 by an ordinary loop: two linear maps, of what is left and of the moving average, as DLinear has them, Adam.

Zeng et al. 2023, https://arxiv.org/abs/2205.13504, figure 2, and the settings published with it: 336 hours
back, batches of 32, a rate of 0.005 that halves after every epoch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from bench.peers.data import AHEAD, PAST, etth1, windows
from bench.peers.net import weights
from bench.peers.script import asked


class Linear(nn.Module):
    """(B, C, T) -> (B, C, H)"""

    def __init__(self) -> None:
        super().__init__()
        self.rest, self.trend = nn.Linear(PAST, AHEAD), nn.Linear(PAST, AHEAD)

    def forward(self, x: Tensor) -> Tensor:
        trend = F.avg_pool1d(F.pad(x, (12, 12), mode="replicate"), 25, stride=1)
        return self.rest(x - trend) + self.trend(trend)


def main() -> None:
    given = asked(budget=6)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    train, test = etth1()
    parts = [
        TensorDataset(*(torch.from_numpy(a) for a in windows(part))) for part in (train[: given.rows or None], test)
    ]
    batches, asks = DataLoader(parts[0], batch_size=32, shuffle=True), DataLoader(parts[1], batch_size=256)
    net, loss = Linear(), nn.MSELoss()
    adam = torch.optim.Adam(net.parameters(), lr=5e-3)

    def judge() -> float:
        with torch.no_grad():
            return sum(float(((net(x) - y) ** 2).mean()) * len(x) for x, y in asks) / len(parts[1])

    for epoch in range(given.budget):
        for x, y in batches:
            adam.zero_grad()
            loss(net(x), y).backward()
            adam.step()
        for group in adam.param_groups:
            group["lr"] /= 2
        if (given.each or epoch + 1 == given.budget) and given.judge(judge):
            break
    given.say(weights(net), given.epochs * len(parts[0]))


if __name__ == "__main__":
    main()
