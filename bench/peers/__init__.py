"""The jobs as others do them: a script for each job and peer, as the peer's own guide writes it, and what runs them."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")  # read when keras is imported, so before any of the scripts is
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
