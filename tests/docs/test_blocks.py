"""The python blocks of the pages for those who build on Lamina run, each page from top to bottom."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from lamina.cli.app import app

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("how-to-*.md"))
BLOCK = re.compile(r"```python\n(.*?)```", re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_blocks_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = page.read_text()
    blocks = BLOCK.findall(text)
    assert blocks
    assert text.rstrip().endswith("```"), "the last word is code that runs"
    (tmp_path / "page.py").write_text("\n".join(blocks))
    runpy.run_path(str(tmp_path / "page.py"), run_name="__main__")


def test_there_is_a_page_for_each_thing_to_add():
    assert {page.stem.rpartition("-")[2] for page in PAGES} == {"kind", "model", "head", "objective"}


def test_every_command_and_flag_is_on_its_page():
    import typer

    text = (DOCS / "command.md").read_text()
    group = typer.main.get_command(app)
    sections = {found[0]: found[1] for found in re.findall(r"^## lamina (\w+)\n(.*?)(?=^## |\Z)", text, re.S | re.M)}
    assert list(sections) == list(group.commands)
    for name, command in group.commands.items():
        flags = {word for p in command.params for word in p.opts if word.startswith("--")}
        assert flags == set(re.findall(r"`(--[a-z-]+)", sections[name])) | ({"--help"} & flags), name
