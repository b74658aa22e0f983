"""Another library's checkpoint, written as a plain file of tensors."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from ..errors import SettingError
from ..files import write_bytes
from ..findings import printable
from ..run.tensors import to_bytes
from .names import page_of
from .pickled import read_pickled
from .taken import TOP, Taken, counted, take

ENDING = ".safetensors"
SHOWN = 10


@dataclass(frozen=True)
class Imported:
    """What was read and what was written: the two files, what was taken, and which of our models has these names."""

    file: str
    out: str
    taken: Taken
    model: str

    @property
    def numbers(self) -> int:
        """How many numbers the tensors hold."""
        return sum(x.numel() for x in self.taken.tensors.values())

    @property
    def next(self) -> str:
        """The command to type next; nothing where no model of ours has these names."""
        return f"lamina fit PHOTOS --model {self.model} --weights {shlex.quote(self.out)}" if self.model else ""

    def lines(self) -> list[tuple[str, str]]:
        """What was done, a line each, for people."""
        taken = self.taken
        whole = "the whole file" if taken.key == TOP else f"its key {taken.key}"
        said = [("read", f"{self.file}: {counted(taken.tensors)}, of {whole}")]
        said += [("names", f'"{word}" taken off all of them, which a wrapper had put there') for word in taken.wrappers]
        if taken.shared:
            tied = "; ".join(" = ".join(map(printable, names)) for names in taken.shared[:SHOWN])
            more = f"; and {len(taken.shared) - SHOWN} more" if len(taken.shared) > SHOWN else ""
            said.append(("shared", f"one tensor under several names, written under each: {tied}{more}"))
        if taken.left:
            more = f", and {len(taken.left) - SHOWN} more (--json has all)" if len(taken.left) > SHOWN else ""
            said.append(("left out", f"{', '.join(taken.left[:SHOWN])}{more}"))
        said.append(("written", self.out))
        return [*said, ("next", self.next or "no model here has these names; lamina fit --weights takes a ResNet")]


def import_weights(file: str, out: str, key: str = "") -> Imported:
    """Read a checkpoint of torch without running anything in it, and write its weights as safetensors, whole or not at
    all; `key` says which where it holds several.

    Raises SettingError for an `out` that is of another ending, exists or has no folder, and what reading gives reason
    for.
    """
    place = Path(out)
    if place.suffix != ENDING:
        raise SettingError(f"{place.name or out} does not end in {ENDING}", expected="--out weights.safetensors")
    if place.exists() or place.is_symlink():
        free = place.with_stem(f"{place.stem}-2")
        raise SettingError(f"{place} exists, and nothing is overwritten", fix=f"--out {shlex.quote(str(free))}")
    if not place.parent.is_dir():
        raise SettingError(f"there is no folder {place.parent}", fix=f"mkdir -p {shlex.quote(str(place.parent))}")
    loaded, size = read_pickled(Path(file))
    taken = take(loaded, key, Path(file), size)
    write_bytes(place, to_bytes(taken.tensors))
    return Imported(file, out, taken, page_of(taken.tensors))
