"""Form to one target kind: its loss, its decoding."""

from .alike import AlikeHead
from .category import CategoryHead, balanced
from .each import EachHead
from .language import LanguageHead
from .number import NumberHead
from .table import HEADS, Asked, Head, head_for
from .tags import TagsHead
from .write import WriterHead

__all__ = [
    "HEADS",
    "AlikeHead",
    "Asked",
    "CategoryHead",
    "EachHead",
    "Head",
    "LanguageHead",
    "NumberHead",
    "TagsHead",
    "WriterHead",
    "balanced",
    "head_for",
]
