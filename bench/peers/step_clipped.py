"""A step of the small net with Keras on JAX, with weight decay and gradients clipped by their norm, as Lamina's has.

https://keras.io/api/optimizers/adamw/
"""

from __future__ import annotations

import keras

from bench.peers.step_keras import main

if __name__ == "__main__":
    main(keras.optimizers.AdamW(1e-3, weight_decay=0.01, global_clipnorm=1.0))
