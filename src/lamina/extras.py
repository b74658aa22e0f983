"""Libraries that the core does without: which extra brings each, and the one line that says so where it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .errors import ExtraError

EXTRAS = {
    "tokenizers": "text",
    "soundfile": "audio",
    "rdkit": "molecules",
    "mido": "music",
    "gemmi": "proteins",
    "gymnasium": "play",
    "open_spiel": "play",
    "onnx": "export",
    "onnxscript": "export",
    "onnxruntime": "export",
    "starlette": "serve",
    "uvicorn": "serve",
}


@contextmanager
def extra(library: str, what: str, otherwise: str = "") -> Iterator[None]:
    """A block that imports a library, when it is first of use.

    Raises ExtraError with the command that installs it: `what` is done with it, and `otherwise` goes without.
    """
    try:
        yield
    except ImportError:
        raise ExtraError(
            f"{what} with the library {library}, which is not installed",
            expected=f"the extra {EXTRAS[library]}" + (f", or {otherwise}" if otherwise else ""),
            fix=f"pip install 'lamina[{EXTRAS[library]}]'",
        ) from None
