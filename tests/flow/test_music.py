"""Music from a JSON file to nats and a MIDI file: the convention of its papers, causality, what is refused."""

import gzip
import io
import json
import math
import shutil

import mido
import numpy as np
import pytest
import torch
from torch.testing import assert_close

import lamina
from lamina.data.sources import open_source
from lamina.errors import PlanError
from lamina.findings import Findings
from lamina.forms import Tokens
from lamina.heads.notes import NotesHead
from lamina.kinds.notes import Notes
from lamina.predict.play import midi_file
from lamina.teller import Quiet


def piece(draw, frames=20):
    """Three notes that go up and down by steps, two of them together now and then."""
    at, made = 60, []
    for _ in range(frames):
        at = int(np.clip(at + draw.choice([-2, 2]), 50, 70))
        made.append([at, at + 4] if draw.random() < 0.8 else [])
    return made


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    root, draw = tmp_path_factory.mktemp("music"), np.random.default_rng(0)
    whole = {
        part: [piece(draw, 10 + i % 9) for i in range(n)] for part, n in (("train", 60), ("valid", 20), ("test", 20))
    }
    (root / "pieces.json.gz").write_bytes(gzip.compress(json.dumps(whole).encode()))
    return root / "pieces.json.gz"


@pytest.fixture(scope="module")
def run(file, tmp_path_factory):
    out = tmp_path_factory.mktemp("played") / "run"
    return lamina.fit(
        file, out=out, steps=300, settings=("model.width=64", "train.average=0.9", "head.drop=0"), teller=Quiet()
    )


def test_the_nats_are_those_of_all_keys_of_a_frame_summed_and_a_mean_over_frames():
    """Written out with loops, the first frame from chances of its own."""
    torch.manual_seed(0)
    head, x = NotesHead(5), torch.randn(2, 4, 5)
    target = torch.randint(2, (2, 4, 88)).to(torch.uint8)
    target[1, 3] = 255
    total, frames = 0.0, 0
    for row, length in ((0, 4), (1, 3)):
        for t in range(length):
            logits = (head.first if t == 0 else head.linear(x[row, t - 1])).detach()
            for key in range(88):
                chance = 1 / (1 + math.exp(-float(logits[key])))
                total -= math.log(chance if target[row, t, key] else 1 - chance)
            frames += 1
    loss, count = head.loss(Tokens(x, target[:, :, 0] != 255), target)
    assert count == frames == 7
    assert abs(float(loss.detach()) - total / frames) < 1e-4 * total / frames


def test_a_frame_is_answered_from_the_frames_before_it_alone(run):
    net = run.predictor().net
    keys = torch.randint(2, (1, 9, 88), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    changed = keys.clone()
    changed[:, 5:] = 1 - changed[:, 5:]
    with torch.inference_mode():
        one, other = (net.head.decode(net({"notes": x})).x for x in (keys, changed))
    assert_close(one[:, :5], other[:, :5])
    assert not torch.allclose(one[:, 5:], other[:, 5:])  # and the test can fail


def test_it_is_better_than_notes_held_and_says_so_with_an_interval(run):
    scores = json.loads((run.path / "scores.json").read_text())
    nats = scores["test"]["nats"]
    assert nats["low"] < nats["value"] < nats["high"]
    assert set(scores["baseline"]) == {"frequencies", "held"}
    assert all(nats["value"] < found["nats"]["value"] for found in scores["baseline"].values())


def test_a_moved_run_says_how_likely_a_piece_is_and_writes_midi(run, file, tmp_path):
    there, draw = lamina.load(shutil.copytree(run.path, tmp_path / "elsewhere")), np.random.default_rng(5)
    (tmp_path / "asked.json").write_text(json.dumps({"test": [piece(draw), [[21, 108]] * 20]}))
    usual, strange = (answer.value for answer in there.predict(tmp_path / "asked.json"))
    assert usual < strange
    data = there.play(40, seed=1)
    assert data == there.play(40, seed=1) != there.play(40, seed=2)
    assert mido.MidiFile(file=io.BytesIO(data)).length > 10


def test_a_note_that_goes_on_is_held():
    track = mido.MidiFile(file=io.BytesIO(midi_file([[60], [60, 64], [], [64]], 60))).tracks[0]
    found = [(m.type, m.note, m.time) for m in track if m.type.startswith("note")]
    assert found == [
        ("note_on", 60, 0),
        ("note_on", 64, 480),
        ("note_off", 60, 480),
        ("note_off", 64, 0),
        ("note_on", 64, 480),
        ("note_off", 64, 480),
    ]


def test_the_report_shows_rolls_and_what_was_made(run):
    plates = json.loads((run.path / "exhibits" / "exhibits.json").read_text())["plates"]
    assert [plate["title"] for plate in plates] == ["Pieces of the test part", "Made by the net"]
    assert all(item["picture"] for plate in plates for item in plate["items"])


def test_what_is_no_music_is_set_aside(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"train": [[[60]], [[60], "x"], [[60.5]]], "test": [[[60]]]}))
    findings = Findings()
    assert len(open_source(tmp_path / "a.json", findings=findings)) == 2
    assert len(findings.asides["train"]) == 2
    assert "no MIDI number" in Notes().encode([[[60], [5]]]).bad[0]


def test_a_run_of_something_else_makes_no_music(tmp_path):
    other = lamina.fit("digits", out=tmp_path / "run", steps=1, teller=Quiet())
    with pytest.raises(PlanError, match="makes no music"):
        other.play(4)


def test_a_model_that_reads_from_both_ends_is_refused(file, tmp_path):
    with pytest.raises(PlanError, match="from both ends"):
        lamina.fit(file, model="bert", out=tmp_path / "run", steps=1, teller=Quiet())
