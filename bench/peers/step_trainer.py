"""A step of the small net with transformers' Trainer: ten epochs, the time between the first and the last.

https://huggingface.co/docs/transformers/trainer
"""

from __future__ import annotations

import statistics
import tempfile
import time
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from transformers import Trainer, TrainerCallback, TrainingArguments

from bench.peers.gauge import say
from bench.peers.mlp import BATCH, STEPS, net, rows


class Small(nn.Module):
    """x (B, 64), labels (B,) -> the loss and the logits, as the Trainer asks for them"""

    def __init__(self) -> None:
        super().__init__()
        self.net = net()

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        logits = self.net(x)
        return {"loss": F.cross_entropy(logits, labels), "logits": logits}


class Clock(TrainerCallback):
    """When each epoch ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        self.ends.append(time.perf_counter())


def main() -> None:
    torch.set_num_threads(1)
    some = [{"x": x, "labels": y} for x, y in zip(*map(torch.from_numpy, rows()), strict=True)]
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        how = TrainingArguments(
            folder, num_train_epochs=10, per_device_train_batch_size=BATCH, learning_rate=1e-3, use_cpu=True,
            report_to="none", save_strategy="no", logging_strategy="no", disable_tqdm=True,
        )  # fmt: skip
        Trainer(Small(), how, train_dataset=some, callbacks=[clock]).train()
    took = [b - a for a, b in zip(clock.ends, clock.ends[1:], strict=False)]
    say(us=1e6 * statistics.median(took) / STEPS)


if __name__ == "__main__":
    main()
