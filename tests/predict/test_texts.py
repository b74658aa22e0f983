"""Answers to texts: one that is longer than the model reads is answered by its beginning, and that is said."""

from __future__ import annotations

import lamina
from lamina.teller import Quiet


def test_an_answer_to_a_text_that_was_cut_says_so(tmp_path, capsys):
    from lamina.cli.entry import run as command

    lines = [f"{'good' if i % 2 else 'bad'} film number {i},{'yes' if i % 2 else 'no'}" for i in range(60)]
    (tmp_path / "films.csv").write_text("\n".join(["said,kept", *lines]) + "\n")
    words = {"said": "Text(length=4)"}
    run = lamina.fit(tmp_path / "films.csv", kinds=words, steps=2, out=tmp_path / "run", teller=Quiet())
    (tmp_path / "new.csv").write_text("said\na good film\na film that is long but good\n")
    short, long = run.predict(tmp_path / "new.csv")
    assert short.warnings == ()
    assert long.warnings == ('"said" is cut to the first 4 of its 7 tokens',)
    assert command(["predict", str(tmp_path / "run"), str(tmp_path / "new.csv")]) == 0
    assert "first 4 of its 7" in " ".join(capsys.readouterr().out.split())
