"""ETTh1 with Keras on JAX: the two linear maps of DLinear as dense layers, Adam, batches of 256.

https://keras.io/examples/timeseries/timeseries_weather_forecasting/ for windows and `fit`; the net that
the other systems train stands in for its LSTM of one step ahead.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from bench.peers.data import AHEAD, PAST, etth1, windows
from bench.peers.pictures_keras import watch
from bench.peers.script import asked


def linear(channels: int) -> keras.Model:
    """(B, C, T) -> (B, C, H)"""
    x = layers.Input((channels, PAST))
    padded = keras.ops.concatenate([x[..., :1]] * 12 + [x] + [x[..., -1:]] * 12, -1)
    trend = layers.AveragePooling1D(25, 1, data_format="channels_first")(padded)
    return keras.Model(x, layers.Dense(AHEAD)(x - trend) + layers.Dense(AHEAD)(trend))


def main() -> None:
    given = asked(budget=10)
    keras.utils.set_random_seed(given.seed)
    train, test = etth1()
    x, y = windows(train[: given.rows or None])
    test_x, test_y = windows(test)
    model = linear(x.shape[1])
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")

    def judge() -> float:
        said = model.predict(test_x, batch_size=256, verbose=0)
        return float(np.mean((said - test_y) ** 2, dtype=np.float64))

    model.fit(x, y, batch_size=256, epochs=given.budget, callbacks=watch(given, judge), verbose=0)
    if not given.each:
        given.judge(judge)
    given.say(model.count_params(), given.epochs * len(x))


if __name__ == "__main__":
    main()
