"""Zip archives, read in place: nothing is unpacked to the disk, and a hostile one is refused before it is read."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from pathlib import Path

from ...errors import SourceError
from ...kinds import Unreadable
from .folders import Listing
from .reading import LARGEST, RATIO, SMALL, UNPACKED, Stamp, safe_name, shown

ENTRIES = 5_000_000


class ZipReader:
    """Reads one entry by name. Opens the archive anew in each process, since a file's position is shared by forks."""

    def __init__(self, path: str, stamp: Stamp):
        self.path, self.stamp = path, stamp
        self._opened: tuple[int, zipfile.ZipFile] | None = None

    def __reduce__(self) -> tuple[type[ZipReader], tuple[str, Stamp]]:
        return ZipReader, (self.path, self.stamp)

    def __call__(self, name: str) -> bytes:
        try:
            archive = self._archive()
            info = archive.getinfo(name)
            if info.file_size > LARGEST:
                return Unreadable(f"{info.file_size:,} bytes, more than {LARGEST:,}")
            with archive.open(info) as file:
                return file.read(info.file_size + 1)
        except KeyError:
            return Unreadable("no such file in the archive")
        except (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError) as error:
            return Unreadable(f"damaged in the archive: {error}")
        except (OSError, NotImplementedError, RuntimeError) as error:
            return Unreadable(f"cannot be read from the archive: {error}")

    def _archive(self) -> zipfile.ZipFile:
        if self._opened is None or self._opened[0] != os.getpid():
            now = os.stat(self.path)
            if (now.st_size, now.st_mtime_ns) != self.stamp:
                raise OSError("it changed since it was listed")
            self._opened = (os.getpid(), zipfile.ZipFile(self.path))
        return self._opened[1]


def list_archive(path: Path) -> Listing:
    """What a zip holds. Raises SourceError: damaged, locked, or names, links, counts or sizes that are a trap."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SourceError(f"{shown(path)} is not a zip that can be read: {error}", expected="a whole archive") from None
    found = path.stat()
    _refuse(path, infos, found.st_size)
    stamps: dict[str, Stamp] = {}
    folders: set[str] = set()
    for info in infos:
        steps = info.filename.rstrip("/").split("/")
        folders.update("/".join(steps[:i]) for i in range(1, len(steps)))
        if any(step.startswith((".", "__MACOSX")) for step in steps):
            continue
        if info.is_dir():
            folders.add("/".join(steps))
        else:
            stamps[info.filename] = (info.file_size, info.CRC)
    folders = {f for f in folders if not any(step.startswith((".", "__MACOSX")) for step in f.split("/"))}
    reader = ZipReader(str(path), (found.st_size, found.st_mtime_ns))
    return Listing(path.name, stamps, frozenset(folders), reader)


def _refuse(path: Path, infos: list[zipfile.ZipInfo], size: int) -> None:
    """Raise for an archive that should not be read."""
    if len(infos) > ENTRIES:
        raise SourceError(f"{shown(path)} holds {len(infos):,} entries", expected=f"at most {ENTRIES:,}")
    names: set[str] = set()
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == 3 else 0
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise SourceError(
                f'{shown(path)} holds "{shown(info.filename)}", a link', expected="files and folders only"
            )
        if not safe_name(info.filename):
            raise SourceError(
                f'{shown(path)} holds "{shown(info.filename)}", a name that leads out of it',
                expected="names that stay within the archive",
            )
        if info.flag_bits & 1:
            raise SourceError(f"{shown(path)} is locked with a password", expected="an open archive")
        if info.filename in names:
            raise SourceError(f'{shown(path)} holds "{shown(info.filename)}" twice', expected="each name once")
        names.add(info.filename)
    total, packed = sum(i.file_size for i in infos), sum(i.compress_size for i in infos)
    if total > UNPACKED or packed > size or (total > SMALL and total > RATIO * size):
        raise SourceError(
            f"{shown(path)}, {size:,} bytes, unpacks to {total:,}",
            expected=f"at most {RATIO} times its size and {UNPACKED:,} bytes",
        )
