"""One row of Adult by scikit-learn's columns and a bare net in torch, without gradients."""

from __future__ import annotations

import numpy as np
import torch

from bench.peers.columns import matrix, parts
from bench.peers.gauge import milliseconds
from bench.peers.table_skorch import Layers


def main() -> None:
    torch.set_num_threads(1)
    table, _, test, _ = parts(3000)
    change = matrix().fit(table)
    net = Layers(change.transform(table[:1]).shape[1]).eval()

    def answer() -> torch.Tensor:
        with torch.inference_mode():
            return net(torch.from_numpy(change.transform(test[:1]).astype(np.float32))).softmax(1)

    milliseconds(answer)


if __name__ == "__main__":
    main()
