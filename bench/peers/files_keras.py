"""10,000 pictures from files with Keras on JAX: a PyDataset that opens a batch of them, and `predict`.

https://keras.io/api/utils/python_utils/#pydataset-class; its reader of folders needs TensorFlow.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.peers.files import write
from bench.peers.gauge import say
from bench.peers.pictures_keras import small_cnn

BATCH = 256


class Pictures(keras.utils.PyDataset):
    """Batches (BATCH, 28, 28, 1) of the pictures of some files, the last one filled up so that all have one shape."""

    def __init__(self, names: list[Path]):
        super().__init__()
        self.names = names

    def __len__(self) -> int:
        return -(-len(self.names) // BATCH)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32]]:
        found = np.zeros((BATCH, 28, 28, 1), np.float32)
        for row, name in zip(found, self.names[index * BATCH : (index + 1) * BATCH], strict=False):
            row[..., 0] = np.asarray(Image.open(name))
        return (found / 255,)


def main() -> None:
    model = small_cnn()
    with tempfile.TemporaryDirectory() as folder:
        names = write(Path(folder))
        began = time.perf_counter()
        answers = model.predict(Pictures(names), verbose=0)[: len(names)]
        assert len(answers) == len(names)
        say(seconds=time.perf_counter() - began)


if __name__ == "__main__":
    main()
