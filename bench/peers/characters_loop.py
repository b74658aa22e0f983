"""Shakespeare by characters, as nanoGPT trains on one processor: AdamW, a warm-up and a cosine, batches of 12.

https://github.com/karpathy/nanoGPT#quick-start, its settings for machines without a GPU.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from bench.peers.data import nats, shakespeare
from bench.peers.gpt import LENGTH, Gpt
from bench.peers.net import weights
from bench.peers.script import asked

BATCH, RATE, WARM = 12, 1e-3, 100


def main() -> None:
    given = asked(budget=2000)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    ids, test, letters = shakespeare(given.rows)
    text, net = torch.from_numpy(ids), Gpt(len(letters))
    groups = [{"params": [p for p in net.parameters() if p.dim() > 1], "weight_decay": 0.1}]
    groups += [{"params": [p for p in net.parameters() if p.dim() < 2], "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.99))
    for step in range(given.budget):
        falling = 0.1 + 0.45 * (1 + math.cos(math.pi * max(0, step - WARM) / max(1, given.budget - WARM)))
        for group in adam.param_groups:
            group["lr"] = RATE * min((step + 1) / WARM, falling)
        starts = torch.randint(len(text) - LENGTH - 1, (BATCH, 1))
        windows = text[starts + torch.arange(LENGTH + 1)]  # (B, T + 1)
        loss = F.cross_entropy(net(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten())
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
    net.eval()
    with torch.no_grad():
        given.judge(lambda: nats(lambda x: net(torch.from_numpy(x)).log_softmax(-1).numpy(), test, LENGTH))
    given.say(weights(net), given.budget * BATCH)


if __name__ == "__main__":
    main()
