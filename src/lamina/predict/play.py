"""Music made frame by frame: each key sounds or not, as the net says after what has sounded."""

from __future__ import annotations

import io
from typing import Any

import torch

from ..errors import PlanError
from ..extras import extra
from ..kinds.notes import LOWEST, Notes
from ..rng import Rng
from .predictor import Predictor

TICKS, VELOCITY = 480, 72  # of a frame in a MIDI file, and how loud a note is
FRAMES = 64


def play_notes(predictor: Predictor, count: int = 0, temperature: float = 1.0, seed: int = 0) -> list[list[int]]:
    """`count` frames, 64 where not said, as lists of MIDI numbers; the same for one seed. `temperature` under 1 makes
    the likely likelier; 0 takes what is likelier than not. Raises PlanError for a run that makes no music."""
    kind, net = predictor.kind, predictor.net
    body: Any = net.body
    head: Any = net.head
    if not isinstance(kind, Notes) or not hasattr(body, "step"):
        raise PlanError("this run makes no music", expected="a run that learned notes", fix="--model lstm")
    rng, state, frames = Rng(seed, "play"), body.begin(), []
    logits = head.first
    with torch.inference_mode():
        for _ in range(count or FRAMES):
            chance = (logits / temperature).sigmoid() if temperature > 0 else (logits > 0).float()
            keys = (rng.uniform(len(chance)) < chance).to(torch.uint8)
            frames.append((keys.nonzero().flatten() + LOWEST).tolist())
            form = body.step(net.entry({predictor.schema.target.name: keys[None, None]}), state)
            logits = head.logits(form)[0, -1]
    return frames


def midi_file(frames: list[list[int]], beats: int) -> bytes:
    """Frames as a MIDI file of one track, so many frames to a minute; a note that goes on is held.

    Raises ExtraError where mido is not installed.
    """
    with extra("mido", "a MIDI file is written"):
        import mido  # type: ignore[import-untyped, unused-ignore]
    track, waited, sounding = mido.MidiTrack(), 0, set[int]()
    track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(beats)))
    for frame in [*frames, []]:
        for name, notes in (("note_off", sounding - set(frame)), ("note_on", set(frame) - sounding)):
            for note in sorted(notes):
                track.append(mido.Message(name, note=note, velocity=VELOCITY, time=waited))
                waited = 0
        sounding, waited = set(frame), waited + TICKS
    file = mido.MidiFile(ticks_per_beat=TICKS)
    file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()
