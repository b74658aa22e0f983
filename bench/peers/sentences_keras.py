"""SST-2 with Keras on JAX, as its guide reads reviews: two bidirectional LSTMs of 64 over words, Adam, batches of 32.

https://keras.io/examples/nlp/bidirectional_lstm_imdb/, with a sentence filled up to 64 words where a review had 200.
"""

from __future__ import annotations

import keras
from keras import layers

from bench.peers.data import sentences
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
    watched = (test_x, test_y) if given.each else None
    history = model.fit(x, y, batch_size=32, epochs=given.budget, validation_data=watched, verbose=0)
    _, score = model.evaluate(test_x, test_y, verbose=0)
    given.say(score, model.count_params(), given.budget * len(x), history.history.get("val_accuracy", []))


if __name__ == "__main__":
    main()
