"""The command `lamina`: words to calls, and calm lines back."""

from .app import main

__all__ = ["main"]
