"""SST-2 with Keras on JAX, as its guide reads reviews: two bidirectional LSTMs of 64 over words, Adam, batches of 32.

https://keras.io/examples/nlp/bidirectional_lstm_imdb/, with a sentence filled up to 64 words where a review had 200.
"""

from __future__ import annotations

import keras
from keras import layers

from bench.peers.data import sentences
from bench.peers.pictures_keras import watch
from bench.peers.script import asked
from bench.peers.words import numbers, vocabulary


def main() -> None:
    given = asked(budget=3)
    keras.utils.set_random_seed(given.seed)
    (texts, y), (test_texts, test_y) = sentences("train", given.rows), sentences("test")
    known = vocabulary(texts)
    x, test_x = numbers(texts, known), numbers(test_texts, known)
    model = keras.Sequential([
        layers.Input((x.shape[1],), dtype="int32"),
        layers.Embedding(len(known) + 2, 128),
        layers.Bidirectional(layers.LSTM(64, return_sequences=True)),
        layers.Bidirectional(layers.LSTM(64)),
        layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

    def judge() -> float:
        return model.evaluate(test_x, test_y, batch_size=128, verbose=0)[1]

    model.fit(x, y, batch_size=32, epochs=given.budget, callbacks=watch(given, judge), verbose=0)
    if not given.each:
        given.judge(judge)
    given.say(model.count_params(), given.epochs * len(x))


if __name__ == "__main__":
    main()
