"""From a run directory to one page that can be read, printed and sent; and the verdict in one sentence. No torch."""

from .files import Reader
from .page import render
from .verdict import Verdict, text_table, verdict

__all__ = ["Reader", "Verdict", "render", "text_table", "verdict"]
