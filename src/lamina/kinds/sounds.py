"""Sound files decoded: WAV by a reader of its own, FLAC, Ogg and others by soundfile; a file cut short is never taken
for a whole one."""

from __future__ import annotations

import io
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..extras import extra
from .base import Unreadable

LEAST, MOST = 0.02, 3600.0  # seconds that a sound may last
RATES = (1_000, 400_000)  # samples a second that can be meant
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
UNKNOWN = (0, 0xFFFFFFFF)  # bytes that a WAV written as a stream says it has

Wave = NDArray[np.float32]


class SoundError(ValueError):
    """One sound cannot be used; the text is the reason."""


def read_sound(data: bytes) -> tuple[Wave, int, list[str]]:
    """The samples (N,) of a sound file in shares of full scale, its rate, and what was converted.

    Raises SoundError with the reason in the user's words, KindError where a library is missing.
    """
    if isinstance(data, Unreadable):
        raise SoundError(data.reason)
    if not data:
        raise SoundError("zero bytes")
    if data[:256].lstrip().lower().startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise SoundError("text/html, a failed download?")
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        samples, rate = _read_wave(data)
    else:
        samples, rate = _read_other(data)
    if not RATES[0] <= rate <= RATES[1]:
        raise SoundError(f"{rate:,} samples a second cannot be meant")
    if not len(samples) / rate >= LEAST:
        raise SoundError(f"{1000 * len(samples) / rate:.0f} ms, shorter than {1000 * LEAST:.0f}")
    if len(samples) > MOST * rate:
        raise SoundError(f"{len(samples) / rate:,.0f} seconds, more than {MOST:,.0f}")
    if not np.isfinite(samples).all():
        raise SoundError("a sample that is not finite")
    notes = []
    if samples.shape[1] > 1:
        notes.append(f"{samples.shape[1]} channels averaged to one")
    return samples.mean(1, dtype=np.float32), rate, notes


def is_sound_file(data: bytes) -> bool:
    """Whether bytes begin as a sound file does."""
    return data[:4] in (b"fLaC", b"OggS", b".snd") or data[:3] == b"ID3" or data[8:12] in (b"WAVE", b"AIFF", b"AIFC")


def _read_wave(data: bytes) -> tuple[Wave, int]:
    """A RIFF WAVE file of whole or floating numbers, (N, channels); other codings are left to soundfile."""
    form, place = b"", 12
    while place + 8 <= len(data):
        name, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if name == b"fmt ":
            form = data[place + 8 : place + 8 + size]
        elif name == b"data":
            return _samples(data, form, place + 8, size)
        place += 8 + size + size % 2
    raise SoundError("a WAV file without samples")


def _samples(data: bytes, form: bytes, start: int, size: int) -> tuple[Wave, int]:
    if len(form) < 16:
        raise SoundError("a WAV file that does not say how it is coded")
    code, channels, rate, _, block, bits = struct.unpack("<HHIIHH", form[:16])
    if code == EXTENSIBLE and len(form) >= 26:
        code = int.from_bytes(form[24:26], "little")
    plain = bits in ((8, 16, 24, 32) if code == PCM else (32, 64) if code == FLOAT else ())
    if not channels or not block or (plain and block != channels * bits // 8):
        raise SoundError(f"a WAV file of {channels} channels and {block} bytes a sample, which do not go together")
    held = len(data) - start
    if size in UNKNOWN and held:
        size = held - held % block
    if held < size:
        raise SoundError(f"cut short: its header says {size // block:,} samples, the file has {held // block:,}")
    if not plain:
        return _read_other(data)
    raw = data[start : start + size - size % block]
    if code == FLOAT:
        flat = np.frombuffer(raw, f"<f{bits // 8}").astype(np.float32)
    elif bits == 8:
        flat = (np.frombuffer(raw, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    elif bits == 24:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)  # the three bytes stand high in 32 bits
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        flat = wide.reshape(-1).view("<i4").astype(np.float32) / np.float32(1 << 31)
    else:
        flat = np.frombuffer(raw, f"<i{bits // 8}").astype(np.float32) / np.float32(1 << (bits - 1))
    return flat.reshape(-1, channels), rate


def _read_other(data: bytes) -> tuple[Wave, int]:
    with extra("soundfile", "sounds that are no plain WAV are read", "WAV of 8 to 32 bits"):
        import soundfile
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.frames > MOST * file.samplerate:
                raise SoundError(f"{file.frames / file.samplerate:,.0f} seconds, more than {MOST:,.0f}")
            said, found = file.frames, file.read(dtype="float32", always_2d=True)
            rate = int(file.samplerate)
    except (soundfile.SoundFileError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, SoundError):
            raise
        raise SoundError("not a sound that can be read, or cut short") from None
    if len(found) < said:
        raise SoundError(f"cut short: its header says {said:,} samples, the file has {len(found):,}")
    return found, rate


def resampled(samples: Wave, rate: int, wanted: int) -> Wave:
    """Samples (N,) at another rate, by a polyphase filter that lets nothing above half the lower rate through."""
    from scipy.signal import resample_poly  # a third of a second of import that only mixed rates need

    shared = math.gcd(rate, wanted)
    made: Wave = resample_poly(samples, wanted // shared, rate // shared).astype(np.float32)
    return made


def loudest(samples: NDArray[Any], length: int) -> NDArray[Any]:
    """The stretch of a sound (N,) of `length` samples that holds the most power; the whole where it is no longer."""
    if len(samples) <= length:
        return samples
    power = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    start = int(np.argmax(power[length:] - power[:-length]))
    return samples[start : start + length]


def wave_file(samples: NDArray[np.int16], rate: int) -> bytes:
    """Samples (N,) of 16 bits as the bytes of a WAV file."""
    data = samples.astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, PCM, 1, rate, 2 * rate, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(data), b"WAVE")
    return head + form + struct.pack("<4sI", b"data", len(data)) + data
