"""What stands at a path where a run is looked for or is to be made."""

from __future__ import annotations

from pathlib import Path

from ..errors import RunError, nearest
from ..findings import printable

MANIFEST = "manifest.json"
REQUEST = "request.json"


def refuse_existing(path: Path) -> None:
    """Raise RunError where something stands already: nothing is ever written over."""
    if not path.exists() and not path.is_symlink():
        return
    if (path / MANIFEST).is_file():
        raise RunError(
            f"{path} already holds a run",
            expected="a directory that does not exist yet",
            fix=f"--resume to go on with it, or another --out, such as --out {_free_name(path)}",
        )
    raise RunError(
        f"{path} {what_stands(path)}",
        expected="a directory that does not exist yet; nothing is ever overwritten",
        fix=f"--out {_free_name(path)}",
    )


def _free_name(path: Path) -> Path:
    number = 2
    while path.with_name(f"{path.name}-{number}").exists():
        number += 1
    return path.with_name(f"{path.name}-{number}")


def what_stands(path: Path) -> str:
    """What is at a path that should be a run: "does not exist", "is a file of 12 bytes" …"""
    try:
        if path.is_symlink() and not path.exists():
            return "is a link to nothing"
        if not path.exists():
            return "does not exist"
        if path.is_file():
            return f"is a file of {path.stat().st_size:,} bytes"
        names = sorted(entry.name for entry in path.iterdir())
    except OSError as error:
        return f"cannot be looked into: {error.strerror}"
    if not names:
        return "is an empty folder"
    shown = ", ".join(printable(name) for name in names[:3]) + (", …" if len(names) > 3 else "")
    missing = f", and its {MANIFEST} is missing" if REQUEST in names else ""
    return f"is a folder with {len(names):,} entries ({shown}){missing}"


def sibling(path: Path) -> str:
    """The run beside a path whose name is nearest, or a way to make one."""
    try:
        runs = sorted(p.name for p in path.parent.iterdir() if (p / MANIFEST).is_file())
    except OSError:
        runs = []
    if not runs:
        return f"lamina fit SOURCE --out {path}"
    return f"{nearest(path.name, runs)} (runs in {path.parent})"
