"""How a source is to be read, as far as the user says; what is not said is recognised and recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ReadOptions:
    """`header`: "first" takes line 1 of a table as names, "none" as values, "auto" looks. `missing`: signs that stand
    for nothing, besides the empty field. `encoding`: of text, UTF-8 where not said. `delimiter`: "" finds it.
    `target`: the column to be answered, where the source does not name it. `fold`: which of its published folds tests,
    0 for the first. `length`: characters of a window of a corpus, 0 for the usual. `shrink`: how many times smaller
    copies of pictures are, from which they are to be restored, 0 for none. `new`: rows for a run that has learned, of
    which none train. `text`: columns whose texts stay text, whatever they look like. `tags`: the answer is labels,
    and of arrays is so too where each row happens to have one."""

    header: Literal["auto", "none", "first"] = "auto"
    missing: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    target: str = ""
    fold: int = 0
    length: int = 0
    shrink: int = 0
    new: bool = False
    text: tuple[str, ...] = ()
    tags: bool = False
