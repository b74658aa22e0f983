"""Checkpoints of other libraries, read into our pages: safetensors only, never a pickle."""

from .backbone import Loaded, read_backbone, read_run, read_start

__all__ = ["Loaded", "read_backbone", "read_run", "read_start"]
