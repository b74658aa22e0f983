"""Pieces of words by byte pairs: what often stands together becomes one token (Sennrich, Haddow and Birch 2016)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ..extras import extra

SPACE = "\u2581"  # stands for the blank before a word
CUT = "words or characters, as --kind 'COLUMN=Text(by=words)'"


def learn_pieces(texts: Iterable[str], size: int, marks: Sequence[str]) -> tuple[list[str], list[str]]:
    """A vocabulary of at most `size`, the marks first, and the merges in the order they are made.

    Raises ExtraError where the library tokenizers is not installed.
    """
    library = _library()
    made = library.Tokenizer(library.models.BPE())
    made.pre_tokenizer = _apart(library)
    trainer = library.trainers.BpeTrainer(vocab_size=size - len(marks), show_progress=False, min_frequency=2)
    made.train_from_iterator(texts, trainer)
    model = json.loads(made.to_str())["model"]
    vocab = sorted(model["vocab"], key=model["vocab"].__getitem__)
    merges = [" ".join(pair) if isinstance(pair, list) else pair for pair in model["merges"]]
    return [*marks, *vocab], merges


class Pieces:
    """Cut texts into the pieces of a vocabulary, and put them together again."""

    def __init__(self, vocab: Sequence[str], merges: Sequence[str]):
        library = _library()
        pairs = [tuple(merge.split(" ", 1)) for merge in merges]
        numbers = {piece: i for i, piece in enumerate(vocab)}
        self.tokenizer: Any = library.Tokenizer(library.models.BPE(numbers, pairs))
        self.tokenizer.pre_tokenizer = _apart(library)

    def split(self, text: str) -> list[str]:
        """The pieces of a text, a blank before a word written as ▁; what has no piece is left out by the library."""
        found: list[str] = self.tokenizer.encode(text).tokens
        return found

    def places(self, text: str) -> list[tuple[int, int]]:
        """Of each piece the characters it stands on: the first, a blank before a word included, and the one after."""
        found: list[tuple[int, int]] = self.tokenizer.encode(text).offsets
        return found

    def join(self, pieces: Sequence[str]) -> str:
        """Pieces as text."""
        return "".join(pieces).replace(SPACE, " ").strip()


def _apart(library: Any) -> Any:
    """What pieces never reach over: blanks, and signs beside words."""
    makers = library.pre_tokenizers
    return makers.Sequence([makers.Metaspace(replacement=SPACE), makers.Punctuation()])


def _library() -> Any:
    with extra("tokenizers", "texts are cut into pieces of words", CUT):
        import tokenizers
    return tokenizers
