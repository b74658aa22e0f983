"""A small picture and a small sound, for examples of requests that work as they stand."""

from __future__ import annotations

import io
import wave

import numpy as np
from PIL import Image as Pictures

SIDE = 8  # pixels
RATE, SAMPLES = 8_000, 400


def picture(channels: int) -> bytes:
    """A PNG of a bright square on a dark ground, grey or in colours."""
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[2:6, 2:6] = 255
    out = io.BytesIO()
    Pictures.fromarray(pixels).convert("RGB" if channels == 3 else "L").save(out, "PNG")
    return out.getvalue()


def sound() -> bytes:
    """A WAV of a twentieth of a second of a tone."""
    tone = np.sin(np.arange(SAMPLES) * 2 * np.pi * 440 / RATE) * 12_000
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(tone.astype("<i2").tobytes())
    return out.getvalue()
