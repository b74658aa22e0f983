"""Fashion-MNIST with Lightning, as its guide writes it: a LightningModule, DataLoaders, a Trainer.

https://lightning.ai/docs/pytorch/stable/starter/introduction.html; its bars, logs and checkpoints are off.
"""

from __future__ import annotations

import lightning
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from bench.peers.data import fashion
from bench.peers.net import scaled, small_cnn, weights
from bench.peers.script import asked


class Pictures(lightning.LightningModule):
    """The net, its loss and its optimiser; keeps which test rows were answered rightly."""

    def __init__(self) -> None:
        super().__init__()
        self.net, self.right = small_cnn(), []

    def training_step(self, batch: tuple[torch.Tensor, ...], _: int) -> torch.Tensor:
        x, y = batch
        return F.cross_entropy(self.net(x), y)

    def validation_step(self, batch: tuple[torch.Tensor, ...], _: int) -> None:
        x, y = batch
        self.right.append(self.net(x).argmax(1) == y)

    def accuracy(self) -> float:
        found = float(torch.cat(self.right).float().mean())
        self.right.clear()
        return found

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def main() -> None:
    given = asked(budget=8)
    torch.set_num_threads(1)
    lightning.seed_everything(given.seed, verbose=False)
    train, test = (
        TensorDataset(scaled(torch.from_numpy(x)), torch.from_numpy(y))
        for x, y in (fashion("train", given.rows), fashion("t10k"))
    )
    model = Pictures()
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    trainer = lightning.Trainer(max_epochs=given.budget, accelerator="cpu", **quiet)
    batches, asks = DataLoader(train, batch_size=64, shuffle=True), DataLoader(test, batch_size=256)
    trainer.fit(model, batches)

    def judge() -> float:
        trainer.validate(model, asks, verbose=False)
        return model.accuracy()

    given.judge(judge)
    given.say(weights(model), given.budget * len(train))


if __name__ == "__main__":
    main()
