"""Runs on sounds from files to answers: which class, and what is said; each from its directory alone."""

import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

import lamina
from lamina.kinds.sounds import wave_file
from lamina.teller import Quiet

RATE = 8000


def tone(pitches, draw, each=0.08):
    """Tones of so many hertz one after another, some noise over them."""
    at = np.arange(int(each * RATE)) / RATE
    parts = [np.concatenate([np.sin(2 * np.pi * hertz * at), np.zeros(int(0.03 * RATE))]) for hertz in pitches]
    sound = np.concatenate(parts)
    return wave_file(((sound + draw.normal(0, 0.05, len(sound))) * 8000).astype(np.int16), RATE)


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    """Three classes of 30 tones each, one file of them cut in half."""
    root, draw = tmp_path_factory.mktemp("tones"), np.random.default_rng(0)
    for label, hertz in (("low", 400), ("middle", 1000), ("high", 2200)):
        (root / label).mkdir()
        for i in range(30):
            (root / label / f"{i}.wav").write_bytes(
                tone([hertz * draw.uniform(0.95, 1.05)], draw, draw.uniform(0.1, 0.2))
            )
    whole = (root / "low" / "0.wav").read_bytes()
    (root / "low" / "0.wav").write_bytes(whole[: len(whole) // 2])
    return root


@pytest.fixture(scope="module")
def classed(tones, tmp_path_factory):
    out = tmp_path_factory.mktemp("classed") / "run"
    settings = ("model.width=4", "data.quarantine=0.1")
    return lamina.fit(tones, out=out, steps=40, settings=settings, teller=Quiet())


def test_sounds_are_classed_and_half_a_file_is_set_aside(classed):
    assert classed.scores["accuracy"].value > 0.6
    lines = [json.loads(line) for line in (classed.path / "quarantine.jsonl").read_text().splitlines()]
    scores = json.loads((classed.path / "scores.json").read_text())
    lost = " ".join(line["reason"] for line in lines) + scores["test"]["accuracy"]["method"]
    assert "cut short: its header says" in lost or "1 row without an answer" in lost
    assert set(scores["baseline"]) == {"majority", "linear"}


def test_the_report_shows_sounds_with_their_class(classed):
    (plate,) = json.loads((classed.path / "exhibits" / "exhibits.json").read_text())["plates"]
    assert plate["title"] == "Sounds and their classes"
    assert {name for item in plate["items"] for name, _ in item["texts"]} == {"is", "answered"}


def test_a_moved_run_answers_new_sounds_and_says_what_is_wrong_with_one(classed, tones, tmp_path):
    run = lamina.load(shutil.copytree(classed.path, tmp_path / "elsewhere"))
    answers = run.predict(tones / "high")
    assert len(answers) == 30
    assert sum(answer.value == "high" for answer in answers) > 15
    assert "cut short" in run.predict(tones / "low" / "0.wav")[0].problem


@pytest.fixture(scope="module")
def spoken(tmp_path_factory):
    """A table of sounds, each three to five tones, with the names of the tones."""
    root, draw = tmp_path_factory.mktemp("spoken"), np.random.default_rng(1)
    names, lines = {"do": 500, "mi": 1100, "so": 2300}, ["clip,text"]
    for i in range(120):
        words = draw.choice(list(names), draw.integers(3, 6))
        (root / f"{i}.wav").write_bytes(tone([names[word] for word in words], draw))
        lines.append(f"{i}.wav,{' '.join(words)}")
    (root / "list.csv").write_text("\n".join(lines) + "\n")
    out = tmp_path_factory.mktemp("heard") / "run"
    settings = ("model.width=32", "model.depth=1")
    return lamina.fit(root / "list.csv", target="text", out=out, steps=220, settings=settings, teller=Quiet())


def test_what_is_said_is_written_down(spoken):
    scores = json.loads((spoken.path / "scores.json").read_text())
    assert scores["main"] == "wer"
    wer = scores["test"]["wer"]
    assert wer["value"] < 0.5
    assert wer["value"] == 0 or wer["low"] <= wer["value"] <= wer["high"]  # of no mistakes there is no spread
    assert set(scores["baseline"]) == {"usual text", "nearest"}
    schema = json.loads((spoken.path / "schema.json").read_text())
    assert [(f["kind"], f.get("link")) for f in schema["fields"]] == [("Audio", None), ("Text", "ctc")]


def test_the_report_shows_what_was_said_beside_what_was_heard(spoken):
    shown = json.loads((spoken.path / "exhibits" / "exhibits.json").read_text())["plates"]
    assert shown[0]["title"] == "Sounds and what was heard"
    assert [name for name, _ in shown[0]["items"][0]["texts"]] == ["said", "heard"]
    assert (spoken.path / shown[0]["items"][0]["picture"]).read_bytes().startswith(b"\x89PNG")
    assert "what was heard" in (spoken.path / "report.html").read_text()


def test_a_sound_alone_is_answered_though_the_table_called_its_column_otherwise(spoken, tmp_path):
    (tmp_path / "new.wav").write_bytes(tone([500, 1100, 2300], np.random.default_rng(5)))
    (answer,) = lamina.load(spoken.path).predict(tmp_path / "new.wav")
    assert set(answer.value.split()) <= {"do", "mi", "so"}


def test_predictions_are_kept_as_texts(spoken):
    kept = pq.read_table(spoken.path / "predictions.parquet").to_pydict()
    assert all(set(text.split()) <= {"do", "mi", "so"} for text in kept["truth"] + kept["answer"])
    run = lamina.load(spoken.path)
    again = run.score()
    assert again["wer"].value == pytest.approx(spoken.scores["wer"].value)
