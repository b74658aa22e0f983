"""Adult with fastai, word for word its tutorial of tables: three procs, batches of 64, `fit_one_cycle`.

https://docs.fast.ai/tutorial.tabular.html, whose own example is this table.
"""

from __future__ import annotations

import torch
from fastai.tabular.all import (
    Categorify,
    CategoryBlock,
    FillMissing,
    Normalize,
    TabularDataLoaders,
    accuracy,
    set_seed,
    tabular_learner,
)
from pandas import read_csv
from sklearn.metrics import roc_auc_score

from bench.peers.data import ADULT, NUMBERS, adult
from bench.peers.net import weights
from bench.peers.script import asked


def main() -> None:
    given = asked(budget=1)
    torch.set_num_threads(1)
    set_seed(given.seed)
    train, test = (
        read_csv(adult(part), names=ADULT, skipinitialspace=True, na_values="?") for part in ("train", "test")
    )
    train = train[: given.rows or None]
    loaders = TabularDataLoaders.from_df(
        train,
        procs=[Categorify, FillMissing, Normalize],
        cat_names=[name for name in ADULT[:-1] if name not in NUMBERS],
        cont_names=list(NUMBERS),
        y_names="income",
        y_block=CategoryBlock(),
        valid_idx=list(range(0, len(train), 10)),
        bs=64,
    )
    learner = tabular_learner(loaders, metrics=accuracy)

    def judge() -> float:
        chances, _ = learner.get_preds(dl=loaders.test_dl(test.drop(columns="income")))
        return roc_auc_score(test["income"].str.rstrip(".") == ">50K", chances[:, 1])

    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(given.budget)
        given.judge(judge)
    given.say(weights(learner.model), given.budget * len(loaders.train_ds))


if __name__ == "__main__":
    main()
