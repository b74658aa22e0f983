"""A finished run over HTTP: rows in as JSON, typed answers out."""

from .base import Answering, Limits
from .server import Place, Server, place_of

__all__ = ["Answering", "Limits", "Place", "Server", "place_of"]
