"""Adult with skorch in a pipeline of scikit-learn, as its guide has it: columns to a matrix, then a net.

https://skorch.readthedocs.io/en/stable/user/quickstart.html#in-an-sklearn-pipeline, batches of 128 with Adam.
"""

from __future__ import annotations

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from skorch import NeuralNetClassifier
from torch import nn

from bench.peers.columns import matrix, parts
from bench.peers.net import weights
from bench.peers.script import asked


class Layers(nn.Sequential):
    """(B, D) -> (B, 2), three layers of 256"""

    def __init__(self, given: int = 108, width: int = 256):
        hidden = [nn.Linear(given, width), nn.ReLU(), nn.Dropout(0.1)]
        for _ in range(2):
            hidden += [nn.Linear(width, width), nn.ReLU(), nn.Dropout(0.1)]
        super().__init__(*hidden, nn.Linear(width, 2))


def main() -> None:
    given = asked(budget=2)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    table, y, test_table, test_y = parts(given.rows)
    change = matrix()
    net = NeuralNetClassifier(
        Layers(given=change.fit_transform(table).shape[1]),
        max_epochs=given.budget,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    whole = make_pipeline(change, FunctionTransformer(np.float32), net)
    whole.fit(table, y)
    given.judge(lambda: roc_auc_score(test_y, whole.predict_proba(test_table)[:, 1]))
    given.say(weights(net.module_), given.budget * len(table))


if __name__ == "__main__":
    main()
