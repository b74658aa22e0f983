"""Fashion-MNIST with skorch, as its guide writes it: a NeuralNetClassifier with `fit` and `score`.

https://skorch.readthedocs.io/en/stable/user/quickstart.html, with Adam and the net that all systems train here.
"""

from __future__ import annotations

import torch
from skorch import NeuralNetClassifier

from bench.peers.data import fashion
from bench.peers.net import scaled, small_cnn, weights
from bench.peers.script import asked


def main() -> None:
    given = asked(budget=8)
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    (x, y), (test_x, test_y) = fashion("train", given.rows), fashion("t10k")
    x, test_x = (scaled(torch.from_numpy(pixels)).numpy() for pixels in (x, test_x))
    net = NeuralNetClassifier(
        small_cnn,
        max_epochs=given.budget,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        batch_size=64,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    net.fit(x, y)
    given.judge(lambda: net.score(test_x, test_y))
    given.say(weights(net.module_), given.budget * len(x))


if __name__ == "__main__":
    main()
