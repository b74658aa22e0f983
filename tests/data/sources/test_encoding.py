"""Text that is not UTF-8: every reader names file, line and a guess, and reads it once the encoding is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from lamina.data.sources import ReadOptions, open_source
from lamina.errors import SourceError

WORDS = "\t".join(["1", "café", "café", "NOUN", *"______"])
TEXTS: dict[str, tuple[str, str]] = {
    "a table": ("t.csv", "name,n\nx,1\ncafé,2\n"),
    "sentences in CoNLL-U": ("t.conllu", f"{WORDS}\n{WORDS}\n\n"),
    "labelled lines": ("t.txt", "".join(f"{i % 2} some café\n" for i in range(9))),
    "running text": ("t.txt", "a line of words, café\n" * 400),
    "proteins by letters": ("t.fasta", ">café\nMKVL\n"),
    "labelled series": ("t.ts", "@classLabel true café\n@data\n1,2:café\n"),
    "triples": ("train.txt", "".join(f"{a}\tcafé\t{b}\n" for a, b in ("ab", "bc", "ca", "ad"))),
    "parallel texts": ("train.de", "ein café\n"),
}


def written(root: Path, case: str) -> Path:
    name, text = TEXTS[case]
    (root / name).write_bytes(text.encode("cp1252"))
    if case == "parallel texts":
        (root / "train.en").write_text("a dog\n")
    return root if case in ("triples", "parallel texts") else root / name


@pytest.mark.parametrize("case", TEXTS)
def test_file_line_and_a_guess_are_named_and_the_guess_reads_it(tmp_path, case):
    source = written(tmp_path, case)
    with pytest.raises(SourceError, match=r", line \d+: byte 0xe9 is not utf-8; it looks like cp1252") as refused:
        open_source(source)
    assert TEXTS[case][0] in str(refused.value)
    assert refused.value.fix == "--encoding cp1252"
    assert len(open_source(source, ReadOptions(encoding="cp1252")))
