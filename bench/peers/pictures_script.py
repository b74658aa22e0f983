"""The same net by a script tuned by hand: tensors in memory, channels last, bf16, fused AdamW, one cycle, flips."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from bench.peers.data import fashion
from bench.peers.net import small_cnn, weights
from bench.peers.script import asked


def main() -> None:
    given = asked(budget=2)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    x, y, test_x, test_y = (
        torch.from_numpy(a) for part in (fashion("train", given.rows), fashion("t10k")) for a in part
    )
    net = small_cnn().to(memory_format=torch.channels_last)
    steps, batch = given.budget * (len(x) // 256), 256
    adam = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.05, betas=(0.9, 0.99), fused=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, 6e-3, total_steps=steps + 1, pct_start=0.2)
    for _ in range(given.budget):
        visits = torch.randperm(len(x))
        for start in range(0, len(x) - batch + 1, batch):
            rows = visits[start : start + batch]
            pixels = x[rows].flip(2) if start % 512 else x[rows]
            pixels = pixels.unsqueeze(1).float().sub_(73).div_(90).to(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16):
                loss = F.cross_entropy(net(pixels), y[rows], label_smoothing=0.1)
            adam.zero_grad()
            loss.backward()
            adam.step()
            cycle.step()

    def judge() -> float:
        net.eval()
        right = 0
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            for rows in torch.arange(len(test_x)).split(1000):
                pixels = test_x[rows].unsqueeze(1).float().sub_(73).div_(90).to(memory_format=torch.channels_last)
                right += int((net(pixels).argmax(1) == test_y[rows]).sum())
        return right / len(test_x)

    given.judge(judge)
    given.say(weights(net), steps * batch)


if __name__ == "__main__":
    main()
