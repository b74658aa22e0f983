"""Sounds that cannot be used are set aside with the reason; what is converted is said."""

import io
import sys

import numpy as np
import pytest
import soundfile

from lamina.data.table import Files
from lamina.errors import KindError
from lamina.kinds.audio import Audio
from lamina.kinds.sounds import SoundError, loudest, read_sound, resampled, wave_file

TONE = (np.sin(np.arange(8000) / 5) * 20_000).astype(np.int16)


def written(samples, rate=8000, form="WAV", subtype=None):
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=form, subtype=subtype)
    return out.getvalue()


def sounds(*data):
    return Files("sound", [f"{i}.wav" for i in range(len(data))], lambda name: data[int(name.split(".")[0])])


def fitted(*data, **settings):
    return Audio(**settings).fit(sounds(*data), np.arange(len(data)))


@pytest.mark.parametrize(
    ("subtype", "least"),
    [("PCM_U8", 1e-2), ("PCM_16", 1e-9), ("PCM_24", 1e-6), ("PCM_32", 1e-6), ("FLOAT", 1e-6), ("DOUBLE", 1e-6)],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_plain_wav_of_every_width_is_read_without_a_library(monkeypatch, subtype, least, channels):
    data = written(np.stack([TONE / 32768] * channels, 1), subtype=subtype)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    samples, rate, notes = read_sound(data)
    assert rate == 8000
    assert abs(samples - TONE / 32768).max() <= least
    assert notes == (["2 channels averaged to one"] if channels == 2 else [])


@pytest.mark.parametrize(("form", "least"), [("FLAC", 1e-6), ("OGG", 0.05), ("AIFF", 1e-6)])
def test_other_files_are_read_by_the_library(form, least):
    samples, _, _ = read_sound(written(TONE / 32768, form=form))
    assert abs(samples[:8000] - TONE / 32768).max() < least


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT", "ULAW"])
def test_half_a_file_is_never_taken_for_a_whole_one(subtype):
    data = written(TONE / 32768, subtype=subtype)
    with pytest.raises(SoundError, match="cut short: its header says 8,000 samples, the file has 3,9"):
        read_sound(data[: len(data) // 2])


@pytest.mark.parametrize("form", ["FLAC", "OGG"])
def test_half_a_packed_file_is_refused_as_well(form):
    data = written(TONE / 32768, form=form)
    with pytest.raises(SoundError, match="cut short"):
        read_sound(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "zero bytes"),
        (b"<!DOCTYPE html><p>404", "text/html"),
        (b"no sound at all " * 9, "not a sound"),
        (wave_file(TONE[:0], 8000), "shorter than 20"),
        (wave_file(TONE[:100], 8000), "12 ms, shorter than 20"),
        (wave_file(TONE, 8000)[:36], "without samples"),
        (wave_file(TONE, 40), "40 samples a second"),
    ],
)
def test_what_is_no_sound_is_set_aside_with_the_reason(data, why):
    bad = fitted(wave_file(TONE, 8000)).encode([wave_file(TONE, 8000), data]).bad
    assert list(bad) == [1]
    assert why in bad[1]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_one_sample_that_is_not_finite_sets_a_sound_aside(value):
    broken = (TONE / 32768).astype(np.float32)
    broken[77] = value
    assert "not finite" in fitted(wave_file(TONE, 8000)).encode([written(broken, subtype="FLOAT")]).bad[0]


def test_other_rates_are_brought_to_the_commonest_and_counted():
    double = resampled((TONE / 32768).astype(np.float32), 8000, 16_000)
    kind = fitted(wave_file(TONE, 8000), wave_file(TONE, 8000), written(double, 16_000))
    encoded = kind.encode([written(double, 16_000)])
    assert kind.rate == 8000
    assert encoded.converted == {"16,000 samples a second brought to 8,000": 1}
    np.testing.assert_allclose(encoded.array.row(0)[200:-200], TONE[200:-200], atol=250)


def test_a_rate_higher_than_speech_needs_is_brought_down_unless_asked_for():
    data = written(TONE, 44_100)
    assert fitted(data).rate == 16_000
    assert fitted(data, rate=44_100).rate == 44_100


def test_one_long_sound_among_clips_is_cut_to_its_loudest_stretch():
    long = np.concatenate([np.zeros(90_000, np.int16), TONE, np.zeros(90_000, np.int16)])
    clips = [wave_file(TONE, 8000)] * 120
    kind = fitted(*clips, wave_file(long, 8000))
    assert kind.seconds == 4.0
    encoded = kind.encode([wave_file(long, 8000)])
    assert encoded.converted == {"cut to its loudest 4 seconds": 1}
    assert encoded.told == {0: "is cut to its loudest 4 seconds"}
    assert np.abs(encoded.array.row(0)).max() == np.abs(TONE).max()
    assert loudest(long, 8000).tolist() == TONE.tolist()


@pytest.mark.parametrize("clips", [5, 20])
def test_one_long_sound_does_not_lengthen_what_is_kept_of_a_small_set(clips):
    files = [wave_file(TONE, 8000)] * clips
    kind = fitted(*files, wave_file(np.resize(TONE, 60 * 8000), 8000))
    assert kind.seconds == 4.0 == 4 * len(TONE) / 8000


def test_silence_and_clipping_are_said():
    flat = np.where(TONE > 0, 32767, -32768).astype(np.int16)
    kind = fitted(wave_file(TONE, 8000))
    encoded = kind.encode([wave_file(np.zeros(8000, np.int16), 8000), wave_file(flat, 8000), wave_file(TONE, 8000)])
    assert set(encoded.converted) == {"silent from beginning to end", "clipped: much of it at full scale"}
    assert not encoded.bad


def test_a_column_without_a_sound_is_refused_with_a_reason():
    with pytest.raises(KindError, match=r"none of 2 training sounds .*zero bytes"):
        fitted(b"", b"junk")


def test_arrays_need_a_rate():
    with pytest.raises(KindError, match="Audio\\(rate=16000\\)"):
        Audio().fit(sounds(TONE, TONE), np.arange(2))
    kind = Audio(rate=8000).fit(sounds(TONE, TONE), np.arange(2))
    np.testing.assert_array_equal(kind.encode([TONE]).array.row(0), TONE)
    np.testing.assert_array_equal(kind.encode([TONE / np.float32(32768)]).array.row(0), TONE)


def test_a_sound_is_shown_as_its_spectrogram():
    kind = fitted(wave_file(TONE, 8000))
    picture = kind.show(wave_file(TONE, 8000))
    assert picture.size == (100, 80)
    column = np.asarray(picture)[:, 50]
    assert 45 < column.argmin() < 80  # 255 Hz: dark, and low on the picture


def test_a_batch_of_sounds_is_cut_and_moved_with_its_lengths():
    kind = fitted(wave_file(TONE, 8000))
    batch = kind.collate(kind.encode([wave_file(TONE, 8000), wave_file(TONE[:4000], 8000)]).array)
    assert batch.samples.shape == (2, 8000)
    assert batch.lengths.tolist() == [8000, 4000]
    assert len(batch.cut(1, 2)) == 1
    assert batch.to("cpu").samples[1, 4000:].abs().max() == 0
