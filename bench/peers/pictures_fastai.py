"""Fashion-MNIST with fastai's Learner, as its guide trains: `fit_one_cycle`, batches of 64, its own default optimiser.

https://docs.fast.ai/learner.html and https://docs.fast.ai/callback.schedule.html#learner.fit_one_cycle, at a peak of
0.003. Its vision part needs torchvision and is not used.
"""

from __future__ import annotations

import fastai.callback.schedule
import torch
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from fastai.metrics import accuracy
from fastai.torch_core import set_seed
from torch.utils.data import TensorDataset

from bench.peers.data import fashion
from bench.peers.net import scaled, small_cnn, weights
from bench.peers.script import asked


def main() -> None:
    given = asked(budget=3)
    torch.set_num_threads(1)
    set_seed(given.seed)
    train, test = (
        TensorDataset(scaled(torch.from_numpy(x)), torch.from_numpy(y))
        for x, y in (fashion("train", given.rows), fashion("t10k"))
    )
    loaders = DataLoaders.from_dsets(train, test, bs=64, num_workers=0, device="cpu")
    learner = Learner(loaders, small_cnn(), loss_func=CrossEntropyLossFlat(), metrics=accuracy)
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(given.budget, 3e-3)
        given.judge(lambda: learner.validate()[1])
    given.say(weights(learner.model), given.budget * len(train))


if __name__ == "__main__":
    assert fastai.callback.schedule  # its import gives Learner `fit_one_cycle`
    main()
