"""A step of the small net with Lightning: its Trainer for ten epochs, the time between the second and the last.

https://lightning.ai/docs/pytorch/stable/starter/introduction.html
"""

from __future__ import annotations

import statistics
import time

import lightning
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from bench.peers.gauge import say
from bench.peers.mlp import BATCH, STEPS, net, rows


class Small(lightning.LightningModule):
    """The net, its loss, its optimiser, and when each epoch ended."""

    def __init__(self) -> None:
        super().__init__()
        self.net, self.ends = net(), []

    def training_step(self, batch: tuple[torch.Tensor, ...], _: int) -> torch.Tensor:
        x, y = batch
        return F.cross_entropy(self.net(x), y)

    def on_train_epoch_end(self) -> None:
        self.ends.append(time.perf_counter())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def main() -> None:
    torch.set_num_threads(1)
    model = Small()
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    trainer = lightning.Trainer(max_epochs=10, accelerator="cpu", **quiet)
    trainer.fit(model, DataLoader(TensorDataset(*map(torch.from_numpy, rows())), batch_size=BATCH, shuffle=True))
    took = [b - a for a, b in zip(model.ends, model.ends[1:], strict=False)]
    say(us=1e6 * statistics.median(took) / STEPS)


if __name__ == "__main__":
    main()
