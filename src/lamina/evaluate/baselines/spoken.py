"""What speech recognition has to be better than: always one text, and the text of the training sound most alike."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from ...kinds import Audio, Text
from ...ragged import Ragged
from ..features import heard
from .task import Baseline, Inputs, Task

MOST = 4_000  # training sounds that are listened to
CHUNK = 256


def spoken(task: Task, seconds: float | None) -> list[Baseline]:
    """The commonest token as often as a text is long, and the text of the nearest training sound, by how long it is
    and the mean power of its bands."""
    del seconds
    kind, target = task.kind, task.target
    assert isinstance(kind, Text)
    slot = next(slot for slot in task.slots if isinstance(slot.kind, Audio))
    audio = slot.kind
    assert isinstance(audio, Audio)
    picked = np.linspace(0, len(target) - 1, min(MOST, len(target))).astype(np.int64)
    whole = target[picked]
    commonest = Counter(whole.values.tolist()).most_common(1)[0][0]
    long = max(1, round(float(whole.lengths.mean())))
    same = kind.decode(np.full((1, long), commonest))[0]

    def always(inputs: Inputs) -> list[str]:
        return [same] * len(inputs[slot.name])

    def features(sounds: Ragged) -> NDArray[np.float32]:
        lasting = 10 * np.log(np.maximum(sounds.lengths, 1) / audio.rate)[:, None]
        return np.concatenate([heard(sounds, audio.plan), np.repeat(lasting, audio.mels, 1)], 1, dtype=np.float32)

    known, texts = features(task.inputs[slot.name][picked]), kind.decode(whole)

    def nearest(inputs: Inputs) -> list[str]:
        sounds, found = features(inputs[slot.name]), []
        for start in range(0, len(sounds), CHUNK):
            some = sounds[start : start + CHUNK]
            apart = np.square(known).sum(1) - 2 * some @ known.T  # (chunk, known), save for what all share
            found += [texts[i] for i in apart.argmin(1)]
        return found

    n = len(picked)
    return [
        Baseline("usual text", f"always the commonest token, {long} times, of {n:,} texts", n, always),
        Baseline("nearest", f"the text of the most alike of {n:,} training sounds", n, nearest),
    ]
