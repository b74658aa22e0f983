"""CIFAR-10's subset with Keras on JAX: its guide's mirroring and a small shift, Adam, the net that all systems train.

https://keras.io/examples/vision/image_classification_from_scratch/ for the layers that move pictures, here within the
model, so that they are part of the one XLA program.
"""

from __future__ import annotations

import keras
from keras import layers

from bench.peers.data import cifar
from bench.peers.pictures_keras import small_cnn, watch
from bench.peers.script import asked


def main() -> None:
    given = asked(budget=12)
    keras.utils.set_random_seed(given.seed)
    (x, y), (test_x, test_y) = cifar("train", given.rows), cifar("test")
    x, test_x = x.astype("float32"), test_x.astype("float32")
    model = keras.Sequential([
        layers.Input((32, 32, 3)),
        layers.Rescaling(1 / 255),
        layers.RandomFlip("horizontal", seed=given.seed),
        layers.RandomTranslation(0.125, 0.125, fill_mode="constant", seed=given.seed),
        small_cnn(3, 32),
    ])  # fmt: skip
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

    def judge() -> float:
        return model.evaluate(test_x, test_y, batch_size=128, verbose=0)[1]

    model.fit(x, y, batch_size=64, epochs=given.budget, callbacks=watch(given, judge), verbose=0)
    if not given.each:
        given.judge(judge)
    given.say(model.count_params(), given.epochs * len(x))


if __name__ == "__main__":
    main()
