"""One row of Adult by scikit-learn's columns and Keras on JAX: the model called, as its guide says of few rows, jitted.

https://keras.io/getting_started/faq/#whats-the-difference-between-model-methods-predict-and-call
"""

from __future__ import annotations

import jax
import keras
import numpy as np
from keras import layers

from bench.peers.columns import matrix, parts
from bench.peers.gauge import milliseconds


def main() -> None:
    table, _, test, _ = parts(3000)
    change = matrix().fit(table)
    width = change.transform(table[:1]).shape[1]
    hidden = [layers.Dense(256, activation="relu") for _ in range(3)]
    model = keras.Sequential([layers.Input((width,)), *hidden, layers.Dense(1, activation="sigmoid")])
    call = jax.jit(lambda x: model(x, training=False))
    milliseconds(lambda: np.asarray(call(change.transform(test[:1]).astype("float32"))))


if __name__ == "__main__":
    main()
