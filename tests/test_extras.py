"""Extras stay extras: what needs one says which in a line, and the core needs none."""

from __future__ import annotations

import io
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import lamina as lm
from lamina.data.sources.chains import library
from lamina.data.table import Values
from lamina.errors import ExtraError
from lamina.export.graph import exporter
from lamina.export.parity import library as runtime
from lamina.extras import EXTRAS
from lamina.kinds import Molecule, Text
from lamina.kinds.sounds import read_sound
from lamina.predict.play import midi_file
from lamina.serve.server import need_libraries
from lamina.teller import Quiet
from lamina.worlds import open_spiel
from lamina.worlds.environment import gymnasium_library


def column(*texts: str) -> Values:
    return Values("c", pa.chunked_array([pa.array(texts)]), "t.csv")


def flac() -> bytes:
    import soundfile

    out = io.BytesIO()
    soundfile.write(out, np.zeros(800), 8000, format="FLAC")
    return out.getvalue()


SOUND = flac()
# library -> what cannot do without it
NEEDS: dict[str, Callable[[], object]] = {
    "tokenizers": lambda: Text(by="pieces").fit(column("a cat sat", "a dog sat"), np.arange(2)),
    "soundfile": lambda: read_sound(SOUND),
    "rdkit": lambda: Molecule().fit(column("CCO", "CC"), np.arange(2)),
    "mido": lambda: midi_file([[60]], 60),
    "gemmi": library,
    "gymnasium": gymnasium_library,
    "open_spiel": open_spiel,
    "onnx": exporter,
    "onnxscript": exporter,
    "onnxruntime": runtime,
    "starlette": need_libraries,
    "uvicorn": need_libraries,
}
MODULES = {"open_spiel": "pyspiel"}  # what is imported, where that is not the library's name


def hidden(monkeypatch: pytest.MonkeyPatch, *libraries: str) -> None:
    """As if libraries were not installed."""
    for name in libraries:
        monkeypatch.setitem(sys.modules, MODULES.get(name, name), None)


def test_every_extra_is_examined_and_is_what_pyproject_says(root):
    told = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    libraries = {extra: {line.partition(">=")[0] for line in lines} for extra, lines in told.items()}
    named = {extra: {name for name, of in EXTRAS.items() if of == extra} for extra in EXTRAS.values()}
    assert {extra: names for extra, names in libraries.items() if extra not in ("all", "dev")} == named
    assert libraries["all"] == set(EXTRAS) == set(NEEDS)
    assert set(EXTRAS) <= libraries["dev"]


@pytest.mark.parametrize("library", EXTRAS)
def test_without_the_library_the_message_says_what_to_type(library, monkeypatch):
    NEEDS[library]()
    hidden(monkeypatch, library)
    with pytest.raises(ExtraError) as caught:
        NEEDS[library]()
    assert library in caught.value.what
    assert caught.value.fix == f"pip install 'lamina[{EXTRAS[library]}]'"
    assert len(str(caught.value).splitlines()) == 3


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core alone."""
    hidden(monkeypatch, *EXTRAS)


def fitted(source: object, out: Path, *settings: str, **asked: object) -> lm.Run:
    return lm.fit(source, out=out, steps=1, teller=Quiet(), settings=settings, **asked)


def series(folder: Path) -> Path:
    lines = [f"2020-01-01 {h // 6:02}:{h % 6}0,{np.sin(h):.3f}" for h in range(144)]
    (folder / "load.csv").write_text("time,load\n" + "\n".join(lines) + "\n")
    return folder / "load.csv"


def network(folder: Path) -> Path:
    root = folder / "club"
    root.mkdir()
    (root / "nodes.csv").write_text("node,side\n" + "".join(f"{i},{'ab'[i // 10]}\n" for i in range(20)))
    (root / "edges.csv").write_text("source,target\n" + "".join(f"{i},{(i + 1) % 20}\n" for i in range(20)))
    return root


def test_pictures_tables_series_graphs_and_generation_need_the_core_alone(bare, tmp_path):
    assert fitted("digits", tmp_path / "pictures").finished
    assert fitted("iris", tmp_path / "table").finished
    assert fitted(series(tmp_path), tmp_path / "series", horizon=4).finished
    assert fitted(network(tmp_path), tmp_path / "graph").finished
    made = fitted("digits", tmp_path / "made", "model.width=8", objective="vae")
    assert len(made.sample(2)) == 2


def test_the_command_says_it_in_three_lines(bare, tmp_path, capsys, monkeypatch):
    from lamina.cli.entry import run

    (tmp_path / "flowers.csv").write_text("smiles,y\n" + "".join(f"{'C' * (1 + i % 9)}O,{i}\n" for i in range(40)))
    monkeypatch.chdir(tmp_path)
    code = run(["fit", "flowers.csv", "--kind", "smiles=Molecule", "--target", "y", "--out", "run"])
    said = capsys.readouterr().err
    assert code == 2
    assert "fix:      pip install 'lamina[molecules]'" in said
    assert "Traceback" not in said
    assert not Path("run").exists()
