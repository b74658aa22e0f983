"""Shakespeare by characters with Keras on JAX: its guide's block of attention, of the sizes that all systems train.

https://keras.io/examples/generative/text_generation_with_miniature_gpt/. A budget is so many times 250 steps of 32
windows with Adam at its usual rate.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from bench.peers.data import Ints, nats, shakespeare
from bench.peers.gpt import DEPTH, HEADS, LENGTH, WIDTH
from bench.peers.pictures_keras import watch
from bench.peers.script import asked

BATCH, STEPS = 32, 250


class Windows(keras.utils.PyDataset):
    """Windows that begin anywhere in a text: what stands there, and what comes next."""

    def __init__(self, ids: Ints, seed: int):
        super().__init__()
        self.ids, self.draw = ids.astype("int32"), np.random.default_rng(seed)

    def __len__(self) -> int:
        return STEPS

    def __getitem__(self, index: int) -> tuple[NDArray[np.int32], ...]:
        starts = self.draw.integers(len(self.ids) - LENGTH - 1, size=(BATCH, 1))
        windows = self.ids[starts + np.arange(LENGTH + 1)]
        return windows[:, :-1], windows[:, 1:]


def small_gpt(letters: int) -> keras.Model:
    """ids (B, T) -> logits (B, T, V)"""
    ids = layers.Input((LENGTH,), dtype="int32")
    x = layers.Embedding(letters, WIDTH)(ids) + layers.Embedding(LENGTH, WIDTH)(ops.arange(LENGTH))
    for _ in range(DEPTH):
        read = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(HEADS, WIDTH // HEADS)(read, read, use_causal_mask=True)
        inner = layers.Dense(4 * WIDTH, activation="gelu")(layers.LayerNormalization()(x))
        x = x + layers.Dense(WIDTH)(inner)
    return keras.Model(ids, layers.Dense(letters)(layers.LayerNormalization()(x)))


def main() -> None:
    given = asked(budget=6)
    keras.utils.set_random_seed(given.seed)
    ids, test, letters = shakespeare(given.rows)
    model = small_gpt(len(letters))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    def logs(x: Ints) -> NDArray[np.float32]:
        return np.asarray(ops.log_softmax(model.predict(x.astype("int32"), batch_size=256, verbose=0)))

    def judge() -> float:
        return nats(logs, test, LENGTH)

    model.fit(Windows(ids, given.seed), epochs=given.budget, callbacks=watch(given, judge), verbose=0)
    if not given.each:
        given.judge(judge)
    given.say(model.count_params(), given.epochs * STEPS * BATCH)


if __name__ == "__main__":
    main()
