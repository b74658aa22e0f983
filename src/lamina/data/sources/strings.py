"""Spoken digits laid one after another, with what is said: sentences enough to learn speech recognition from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import SourceError
from ...findings import Findings, printable
from ...kinds import Audio, Column, Text, Unreadable
from ...kinds.sounds import SoundError, read_sound, resampled, wave_file
from ...rng import generator
from ..table import Files, Table
from .folders import Listing, say_unread
from .reading import fingerprint_names
from .sounds import TEST, spoken, texts

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

VALID = 2  # recordings of a digit by a speaker, the first after those for testing, that strings are validated on
STRINGS = {"train": 2000, "valid": 200, "test": 300}
LEAST, MOST = 3, 7  # digits of a string
GAPS = (0.02, 0.25)  # seconds of silence between two
RATE = 8_000


@dataclass(frozen=True)
class StringReader:
    """Strings of digits by name, each laid together from recordings of one speaker when it is asked for.

    What a string holds is a function of its name alone.
    """

    read: Callable[[str], bytes]
    recordings: Mapping[str, Mapping[str, Mapping[int, Sequence[str]]]]  # part -> speaker -> digit -> files

    def digits(self, name: str) -> list[int]:
        """The digits of a string."""
        return [digit for digit, _, _ in self.laid(name)]

    def speaker(self, name: str) -> str:
        """Who speaks in a string."""
        by_speaker = self.recordings[name.split("/")[0]]
        return sorted(by_speaker)[int(generator(0, "speaker", name).integers(len(by_speaker)))]

    def laid(self, name: str) -> list[tuple[int, str, int]]:
        """What a string is laid together from: digit, recording, and samples of silence before it."""
        by_digit = self.recordings[name.split("/")[0]][self.speaker(name)]
        draw = generator(0, "string", name)
        known = sorted(by_digit)
        laid = []
        for place in range(int(draw.integers(LEAST, MOST + 1))):
            digit = known[int(draw.integers(len(known)))]
            file = by_digit[digit][int(draw.integers(len(by_digit[digit])))]
            gap = round(float(draw.uniform(*GAPS)) * RATE) if place else 0
            laid.append((digit, file, gap))
        return laid

    def __call__(self, name: str) -> bytes:
        pieces = []
        for _, file, gap in self.laid(name):
            try:
                samples, rate, _ = read_sound(self.read(file))
            except SoundError as error:
                return Unreadable(f"{printable(file)}: {error}")
            samples = samples if rate == RATE else resampled(samples, rate, RATE)
            whole = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
            pieces += [np.zeros(gap, np.int16), whole]
        return wave_file(np.concatenate(pieces), RATE)


def read_strings(listing: Listing, findings: Findings) -> Table:
    """Strings of 3 to 7 digits by one speaker with 0.02 to 0.25 s between, as `sound` and `text`, from recordings of
    single digits: those for testing from test recordings only, and every part from recordings of its own.

    Raises SourceError for a folder that holds no such recordings.
    """
    say_unread(listing, findings)
    recordings: dict[str, dict[str, dict[int, list[str]]]] = {}
    for one in spoken(listing):
        part = "test" if one.index < TEST else "valid" if one.index < TEST + VALID else "train"
        recordings.setdefault(part, {}).setdefault(one.speaker, {}).setdefault(one.digit, []).append(one.name)
    if "train" not in recordings or "test" not in recordings:
        raise SourceError(
            f"{printable(listing.name)} holds no recordings of single digits to lay together",
            expected="files named DIGIT_SPEAKER_NUMBER.wav, some numbers below 5 and some above",
        )
    reader = StringReader(listing.read, recordings)
    names = [f"{part}/{number:05d}.wav" for part in recordings for number in range(STRINGS[part])]
    names.sort()
    said = [" ".join(DIGITS[digit] for digit in reader.digits(name)) for name in names]
    columns: dict[str, Column] = {
        "sound": Files("sound", names, reader),
        "speaker": texts("speaker", [reader.speaker(name) for name in names], listing.name),
        "text": texts("text", said, listing.name),
    }
    files = [
        file for by_speaker in recordings.values() for by in by_speaker.values() for x in by.values() for file in x
    ]
    return Table(
        columns,
        f"strings-{listing.name}",
        fingerprint_names({"strings": (sum(STRINGS.values()), 0), **{name: listing.stamps[name] for name in files}}),
        np.array([name.split("/")[0] for name in names]),
        "text",
        names,
        inputs=("sound",),
        kinds={"sound": Audio(), "text": Text()},
        facts={"reader": "strings of spoken digits", "sounds": len(names), "recordings": len(files)},
    )
