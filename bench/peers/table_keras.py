"""Adult with Keras on JAX, as its guide takes a table: three dense layers of 256 with dropout, Adam, large batches.

https://keras.io/examples/structured_data/imbalanced_classification/, with its rate of 0.01 and batches of 2,048.
"""

from __future__ import annotations

import keras
from keras import layers
from sklearn.metrics import roc_auc_score

from bench.peers.columns import matrix, parts
from bench.peers.pictures_keras import watch
from bench.peers.script import asked


def main() -> None:
    given = asked(budget=5)
    keras.utils.set_random_seed(given.seed)
    table, y, test_table, test_y = parts(given.rows)
    change = matrix()
    x, test_x = change.fit_transform(table).astype("float32"), change.transform(test_table).astype("float32")
    model = keras.Sequential([
        layers.Input((x.shape[1],)),
        layers.Dense(256, activation="relu"),
        layers.Dense(256, activation="relu"), layers.Dropout(0.3),
        layers.Dense(256, activation="relu"), layers.Dropout(0.3),
        layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="binary_crossentropy")

    def judge() -> float:
        return roc_auc_score(test_y, model.predict(test_x, batch_size=2048, verbose=0)[:, 0])

    model.fit(x, y, batch_size=2048, epochs=given.budget, callbacks=watch(given, judge), verbose=0)
    if not given.each:
        given.judge(judge)
    given.say(model.count_params(), given.epochs * len(x))


if __name__ == "__main__":
    main()
