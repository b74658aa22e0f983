"""Checkpoints of other libraries, read into our pages: safetensors only; of a pickle one is made first, by a command of
its own that runs nothing in it."""

from .backbone import Loaded, read_backbone, read_run, read_start
from .imported import Imported, import_weights

__all__ = ["Imported", "Loaded", "import_weights", "read_backbone", "read_run", "read_start"]
