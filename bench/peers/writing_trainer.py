"""1,000 characters written by transformers' `generate` with its cache, by a GPT-2 of the same sizes that sees all.

https://huggingface.co/docs/transformers/llm_tutorial
"""

from __future__ import annotations

import time

import torch

from bench.peers.characters_trainer import small_gpt
from bench.peers.gauge import say


def main() -> None:
    torch.set_num_threads(1)
    net = small_gpt(65, length=1024).eval()
    asked = torch.zeros(1, 6, dtype=torch.long)
    how = {"do_sample": True, "temperature": 0.8, "eos_token_id": None, "pad_token_id": 0, "use_cache": True}
    net.generate(asked, max_new_tokens=10, **how)
    began = time.perf_counter()
    written = net.generate(asked, max_new_tokens=1000, **how)
    assert written.shape == (1, 1006)
    say(seconds=time.perf_counter() - began)


if __name__ == "__main__":
    main()
