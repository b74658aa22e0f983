"""Fashion-MNIST with Keras on JAX, as its guide trains a small convolution net: `fit` in batches of 128 with Adam.

https://keras.io/examples/vision/mnist_convnet/, with the net that all systems train here. `compile` leaves jit_compile
at "auto", so the whole step is one XLA program.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers

from bench.peers.data import fashion
from bench.peers.script import Asked, asked


def small_cnn(channels: int = 1, side: int = 28) -> keras.Model:
    """(B, S, S, C) -> (B, 10)"""

    def conv(width: int) -> list[layers.Layer]:
        return [layers.Conv2D(width, 3, padding="same", use_bias=False), layers.BatchNormalization(), layers.ReLU()]

    return keras.Sequential([
        layers.Input((side, side, channels)),
        *conv(32), *conv(32), layers.MaxPooling2D(),
        *conv(64), *conv(64), layers.MaxPooling2D(padding="same"),
        *conv(128), *conv(128), layers.GlobalAveragePooling2D(),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


class Watch(keras.callbacks.Callback):
    """Judges after every epoch, and stops where that is enough."""

    def __init__(self, given: Asked, judge: Callable[[], float]):
        super().__init__()
        self.given, self.ask = given, judge

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        del epoch, logs
        self.model.stop_training = self.given.judge(self.ask)


def watch(given: Asked, judge: Callable[[], float]) -> list[Watch]:
    """What judges after every epoch, where that is asked."""
    return [Watch(given, judge)] if given.each else []


def main() -> None:
    given = asked(budget=8)
    keras.utils.set_random_seed(given.seed)
    (x, y), (test_x, test_y) = fashion("train", given.rows), fashion("t10k")
    x, test_x = (pixels[..., None].astype("float32") / 255 for pixels in (x, test_x))
    model = small_cnn()
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

    def judge() -> float:
        return model.evaluate(test_x, test_y, batch_size=128, verbose=0)[1]

    model.fit(x, y, batch_size=128, epochs=given.budget, callbacks=watch(given, judge), verbose=0)
    if not given.each:
        given.judge(judge)
    given.say(model.count_params(), given.epochs * len(x))


if __name__ == "__main__":
    main()
