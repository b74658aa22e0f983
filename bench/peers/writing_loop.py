"""1,000 characters by an ordinary loop, as nanoGPT writes: the last 64 are read anew for each, without a cache.

https://github.com/karpathy/nanoGPT
"""

from __future__ import annotations

import time

import torch

from bench.peers.gauge import say
from bench.peers.gpt import LENGTH, Gpt


def main() -> None:
    torch.set_num_threads(1)
    net = Gpt(65).eval()

    def write(count: int) -> torch.Tensor:
        ids = torch.zeros(1, 6, dtype=torch.long)
        with torch.no_grad():
            for _ in range(count):
                chances = (net(ids[:, -LENGTH:])[:, -1] / 0.8).softmax(-1)
                ids = torch.cat([ids, torch.multinomial(chances, 1)], 1)
        return ids

    write(10)
    began = time.perf_counter()
    assert write(1000).shape == (1, 1006)
    say(seconds=time.perf_counter() - began)


if __name__ == "__main__":
    main()
