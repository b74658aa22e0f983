"""The command `lamina`: words to calls, and calm lines back."""

from .entry import main

__all__ = ["main"]
