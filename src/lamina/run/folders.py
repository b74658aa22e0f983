"""Folders that are whole or not there: filled and emptied under a temporary name, which one rename gives or takes."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..files import PREFIX, beside, sync_folder


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A folder to fill, which stands at `path`, where nothing does, once the block has ended.

    Those who make folders in one place take turns, and first remove what a kill left of others there. Raises OSError
    where the disk refuses.
    """
    name = beside(path)
    with _turn_in(path.parent) as alone:
        if alone:
            _sweep(path.parent)
        try:
            name.mkdir()
            name.chmod(0o755)
            yield name
            os.rename(name, path)
        except BaseException:
            shutil.rmtree(name, ignore_errors=True)
            raise
        sync_folder(path.parent)


def remove(path: Path) -> None:
    """Take a folder away, at once for all who look; what a kill leaves of it is swept. Raises OSError where the disk
    refuses."""
    gone = beside(path)
    try:
        os.rename(path, gone)
        sync_folder(path.parent)
    finally:
        shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def _turn_in(folder: Path) -> Iterator[bool]:
    """Wait for one's turn in a folder; false where the file system knows no locks on folders."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove folders that a kill left under a temporary name: half made, or half removed."""
    for path in folder.glob(f"{PREFIX}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
