"""Form to one target kind: its loss, its decoding."""

from .category import CategoryHead, balanced
from .number import NumberHead
from .table import HEADS, Asked, Head, head_for
from .tags import TagsHead

__all__ = ["HEADS", "Asked", "CategoryHead", "Head", "NumberHead", "TagsHead", "balanced", "head_for"]
