"""10,000 pictures from files by an ordinary loop: a Dataset that opens each, a DataLoader, batches of 256.

https://docs.pytorch.org/tutorials/beginner/basics/data_tutorial.html; one core, so no workers.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from bench.peers.files import write
from bench.peers.gauge import say
from bench.peers.net import scaled, small_cnn


class Pictures(Dataset[torch.Tensor]):
    """The pictures of some files, (28, 28) bytes each."""

    def __init__(self, names: list[Path]):
        self.names = names

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, row: int) -> torch.Tensor:
        return torch.from_numpy(np.array(Image.open(self.names[row])))


def main() -> None:
    torch.set_num_threads(1)
    net = small_cnn().eval()
    with tempfile.TemporaryDirectory() as folder:
        names = write(Path(folder))
        began = time.perf_counter()
        with torch.inference_mode():
            answers = [net(scaled(pixels)).softmax(1) for pixels in DataLoader(Pictures(names), batch_size=256)]
        assert sum(map(len, answers)) == len(names)
        say(seconds=time.perf_counter() - began)


if __name__ == "__main__":
    main()
