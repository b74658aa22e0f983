"""A step of the small net with Keras on JAX: `fit` on arrays, the step compiled, an epoch after the first two.

https://keras.io/guides/training_with_built_in_methods/
"""

from __future__ import annotations

import statistics

import keras
from keras import layers

from bench.peers.gauge import repeated, say
from bench.peers.mlp import BATCH, CLASSES, INPUTS, STEPS, WIDTH, rows


def main(optimizer: str | keras.optimizers.Optimizer = "adam") -> None:
    x, y = rows()
    hidden = [layers.Dense(WIDTH, activation="relu") for _ in range(2)]
    model = keras.Sequential([layers.Input((INPUTS,)), *hidden, layers.Dense(CLASSES)])
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    took = repeated(lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0), 9, warm=2)
    say(us=1e6 * statistics.median(took) / STEPS)


if __name__ == "__main__":
    main()
