"""Folders of sounds, recordings that say their digit by name, and strings laid together from them."""

import io
import os
import wave
from pathlib import Path

import numpy as np
import pytest

from lamina.data.schema import make_schema
from lamina.data.sources import open_source
from lamina.errors import SourceError
from lamina.findings import Findings
from lamina.kinds import Audio, Category, Text
from lamina.kinds.sounds import wave_file

DATA = Path(os.environ.get("LAMINA_DATA", Path(__file__).parents[4] / "shared" / "data"))


def tone(pitch, samples=2000):
    return wave_file((np.sin(np.arange(samples) * pitch) * 9000).astype(np.int16), 8000)


@pytest.fixture
def spoken(tmp_path):
    """Recordings named as those of single digits are: 3 digits, 2 speakers, numbers 0 to 7."""
    folder = tmp_path / "digits" / "recordings"
    folder.mkdir(parents=True)
    for digit in range(3):
        for at, speaker in enumerate(("ann", "bob")):
            for index in range(8):
                pitch = 0.1 * (digit + 1) + 0.03 * at
                (folder / f"{digit}_{speaker}_{index}.wav").write_bytes(tone(pitch, 1000 + 100 * index))
    (tmp_path / "digits" / "README.md").write_text("spoken digits")
    return tmp_path / "digits"


def test_names_that_say_the_digit_are_read_with_the_published_parts(spoken):
    table = open_source(spoken)
    assert (table.target, table.inputs, len(table)) == ("label", ("sound",), 48)
    labels = table.columns["label"].take(np.arange(48)).to_pylist()
    assert labels == [table.id_of(i)[0] for i in range(48)]
    numbers = np.array([int(table.id_of(i).split("_")[2].split(".")[0]) for i in range(48)])
    np.testing.assert_array_equal(table.parts == "test", numbers < 5)
    assert set(table.columns["speaker"].take(np.arange(48)).to_pylist()) == {"ann", "bob"}


def test_class_folders_of_sounds_are_read_as_those_of_pictures_are(tmp_path):
    for part in ("train", "test"):
        for label in ("dog", "cat"):
            (tmp_path / part / label).mkdir(parents=True)
            (tmp_path / part / label / "a.wav").write_bytes(tone(0.2))
    (tmp_path / "train" / "dog" / "notes.txt").write_text("x")
    table = open_source(tmp_path)
    assert list(table.columns) == ["sound", "label"]
    assert sorted(zip(table.parts.tolist(), table.columns["label"].take(np.arange(4)).to_pylist(), strict=True)) == [
        ("test", "cat"), ("test", "dog"), ("train", "cat"), ("train", "dog"),
    ]  # fmt: skip
    assert table.facts["strays"] == 1


def test_one_sound_is_a_table_of_one_row(tmp_path):
    (tmp_path / "new.wav").write_bytes(tone(0.2))
    table = open_source(tmp_path / "new.wav")
    assert table.columns["sound"].take(np.array([0]))[0].startswith(b"RIFF")


def test_a_table_may_name_its_sounds(tmp_path):
    for i in range(4):
        (tmp_path / f"{i}.wav").write_bytes(tone(0.2))
    (tmp_path / "list.csv").write_text("clip,text\n" + "".join(f"{i}.wav,one two {i}\n" for i in range(4)))
    table = open_source(tmp_path / "list.csv")
    assert table.columns["clip"].holds == "files"


def laid(table, row):
    with wave.open(io.BytesIO(table.columns["sound"].take(np.array([row]))[0])) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def test_strings_are_laid_from_recordings_of_their_own_part_and_speaker(spoken):
    table = open_source(f"strings:{spoken}")
    assert (table.target, table.inputs) == ("text", ("sound",))
    assert isinstance(table.kinds["text"], Text)
    reader = table.columns["sound"].read
    words = ("zero", "one", "two")
    said = table.columns["text"].take(np.arange(len(table))).to_pylist()
    for row in range(0, len(table), 97):
        name = table.id_of(row)
        part, speaker = name.split("/")[0], table.columns["speaker"].take(np.array([row])).to_pylist()[0]
        assert table.parts[row] == part
        pieces = reader.laid(name)
        assert said[row] == " ".join(words[digit] for digit, _, _ in pieces)
        assert 3 <= len(pieces) <= 7
        for digit, file, _ in pieces:
            told_digit, told_speaker, index = Path(file).stem.split("_")
            assert (int(told_digit), told_speaker) == (digit, speaker)
            assert {"test": int(index) < 5, "valid": 5 <= int(index) < 7, "train": int(index) > 6}[part]
        gaps = [gap for _, _, gap in pieces]
        assert gaps[0] == 0
        assert all(160 <= gap <= 2000 for gap in gaps[1:])
        lengths = [1000 + 100 * int(Path(file).stem.split("_")[2]) for _, file, _ in pieces]
        assert len(laid(table, row)) == sum(gaps) + sum(lengths)


def test_strings_are_the_same_whenever_they_are_made(spoken):
    first, again = open_source(f"strings:{spoken}"), open_source(f"strings:{spoken}")
    assert first.fingerprint == again.fingerprint != open_source(spoken).fingerprint
    np.testing.assert_array_equal(laid(first, 5), laid(again, 5))
    assert not np.array_equal(laid(first, 5), laid(first, 6))


def test_a_damaged_recording_sets_its_strings_aside_with_its_name(spoken):
    whole = (spoken / "recordings" / "1_ann_7.wav").read_bytes()
    (spoken / "recordings" / "1_ann_7.wav").write_bytes(whole[: len(whole) // 2])
    table = open_source(f"strings:{spoken}")
    kind = Audio().fit(table.columns["sound"], np.arange(50))
    bad = kind.encode(table.columns["sound"].take(np.flatnonzero(table.parts == "train")[:200])).bad
    assert 0 < len(bad) < 200
    assert all("1_ann_7.wav: cut short" in why for why in bad.values())


def test_strings_of_what_holds_no_digits_are_refused(tmp_path):
    (tmp_path / "a.wav").write_bytes(tone(0.1))
    with pytest.raises(SourceError, match="no recordings of single digits"):
        open_source(f"strings:{tmp_path}")
    with pytest.raises(SourceError, match="no file, folder"):
        open_source(f"strings:{tmp_path}/none")


@pytest.mark.skipif(not DATA.is_dir(), reason="the published data sets are not here; LAMINA_DATA names them")
def test_the_published_recordings_have_their_published_parts():
    table = open_source(DATA / "fsdd", findings=Findings())
    assert len(table) == 1200
    assert (table.parts == "test").sum() == 300
    assert isinstance(table.kinds["sound"], Audio)
    strings = open_source(f"strings:{DATA / 'fsdd'}")
    assert [(strings.parts == part).sum() for part in ("train", "valid", "test")] == [2000, 200, 300]


def test_labels_of_digits_are_a_category(spoken):
    schema = make_schema(open_source(spoken), None, (), {}, Findings())
    assert [type(f.kind) for f in schema.fields] == [Audio, Category]
    assert schema.left_out["speaker"]


def test_a_folder_called_strings_is_a_folder(spoken, monkeypatch):
    monkeypatch.chdir(spoken.parent)
    spoken.rename("strings")
    assert open_source("strings").target == "label"
    assert open_source("strings:strings").target == "text"
