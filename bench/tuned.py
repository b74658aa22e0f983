"""The same net by a script tuned by hand: tensors in memory, channels last, bf16, fused AdamW, one cycle, flips."""

from __future__ import annotations

import argparse

import torch
from torch.nn import functional as F

from bench.net import fashion, small_cnn


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--epochs", type=int, default=3)
    asked.add_argument("--seed", type=int, default=0)
    given = asked.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    (x, y), (test_x, test_y) = fashion("train"), fashion("t10k")
    net = small_cnn().to(memory_format=torch.channels_last)
    steps, batch = given.epochs * (len(x) // 256), 256
    adam = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.05, betas=(0.9, 0.99), fused=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, 6e-3, total_steps=steps + 1, pct_start=0.2)
    for _ in range(given.epochs):
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
    net.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        right = 0
        for rows in torch.arange(len(test_x)).split(1000):
            pixels = test_x[rows].unsqueeze(1).float().sub_(73).div_(90).to(memory_format=torch.channels_last)
            right += int((net(pixels).argmax(1) == test_y[rows]).sum())
    print(right / len(test_x))


if __name__ == "__main__":
    main()
