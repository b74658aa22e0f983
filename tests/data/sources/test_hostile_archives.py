"""Archives made to harm: nothing is written outside of anything, and each is refused by its cap at once."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from lamina.data.sources import open_source
from lamina.errors import SourceError

LIMIT = 1.0  # seconds of the processor


def zipped(*entries: tuple[str, bytes], mode: int = 0, packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = packed
            if mode:
                info.create_system, info.external_attr = 3, (mode | 0o777) << 16
            archive.writestr(info, data)
    return out.getvalue()


def tarred(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        archive.addfile(info)
    return out.getvalue()


def nested(depth: int, data: bytes) -> bytes:
    for _ in range(depth):
        data = zipped(("a/1.zip", data))
    return data


def overlapping() -> bytes:
    """Many entries of the index that all lie on one file, as in Fifield 2019, https://www.bamsoftware.com/hacks/zipbomb/."""
    one = zipped(("a/1.png", bytes(1 << 20)))
    start = one.index(b"PK\x01\x02")
    entry, end = one[start : one.index(b"PK\x05\x06")], one[one.index(b"PK\x05\x06") :]
    many = b"".join(entry.replace(b"a/1.png", f"a/{i}.png".encode().rjust(7, b"0")) for i in range(9))
    tail = bytearray(end)
    struct.pack_into("<HHII", tail, 8, 9, 9, len(many), start)
    return one[:start] + many + bytes(tail)


HEAD = b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,)}".ljust(117) + b"\n"
HUGE = b"\x93NUMPY\x01\x00v\x00" + HEAD  # what numpy writes before 800 GB of numbers
ARCHIVES: dict[str, tuple[str, bytes]] = {
    "a name above": ("t.zip", zipped(("a/1.png", b"x"), ("../out.png", b"x"))),
    "an absolute name": ("t.zip", zipped(("/out.png", b"x"))),
    "a name above, in the middle": ("t.zip", zipped(("a/../../out.png", b"x"))),
    "a drive": ("t.zip", zipped(("c:/out.png", b"x"))),
    "backslashes": ("t.zip", zipped(("..\\out.png", b"x"))),
    "a link": ("t.zip", zipped(("a/1.png", b"/etc/passwd"), mode=stat.S_IFLNK)),
    "a device": ("t.zip", zipped(("a/1.png", b""), mode=stat.S_IFCHR)),
    "a block device": ("t.zip", zipped(("a/1.png", b""), mode=stat.S_IFBLK)),
    "a pipe": ("t.zip", zipped(("a/1.png", b""), mode=stat.S_IFIFO)),
    "a socket": ("t.zip", zipped(("a/1.png", b""), mode=stat.S_IFSOCK)),
    "a name above, the sum of its bytes right": ("t.zip", zipped(("a/1.png", b"x")).replace(b"a/1.png", b"a/../..")),
    "a bomb by its ratio": ("t.zip", zipped(("a/1.png", bytes(80 << 20)))),
    "entries over each other": ("t.zip", overlapping()),
    "an archive in an archive": ("t.zip", nested(9, b"x")),
    "a gzip bomb": ("t.csv.gz", gzip.compress(bytes(80 << 20))),
    "a gzip bomb of many members": ("t.csv.gz", gzip.compress(bytes(1 << 20)) * 80),
    "an idx bomb": ("train-images-idx3-ubyte.gz", gzip.compress(bytes(80 << 20))),
    "arrays that say they are huge": ("t.npz", zipped(("x.npy", HUGE))),
    "arrays with a name above": ("t.npz", zipped(("../x.npy", b"x"))),
    "a tar with a name above": ("t.tar", tarred("../out.png")),
    "a tar with a link": ("t.tar", tarred("a/1.png", tarfile.SYMTYPE, "/etc/passwd")),
    "a tar with a hard link": ("t.tar", tarred("a/1.png", tarfile.LNKTYPE, "/etc/passwd")),
    "a tar with a device": ("t.tar", tarred("a/1.png", tarfile.CHRTYPE)),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_it_is_refused_at_once_and_nothing_is_written(tmp_path, monkeypatch, case):
    name, data = ARCHIVES[case]
    inside = tmp_path / "deep" / "in"
    inside.mkdir(parents=True)
    (inside / name).write_bytes(data)
    monkeypatch.chdir(inside)
    before, began = sorted(tmp_path.rglob("*")), time.process_time()
    with pytest.raises(SourceError):
        open_source(inside / name)
    assert time.process_time() - began < LIMIT
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/out.png").exists()


def test_an_archive_that_is_none_of_these_is_read(tmp_path):
    (tmp_path / "t.zip").write_bytes(zipped(("a/1.png", b"x"), ("b/2.png", b"y"), mode=stat.S_IFREG))
    assert len(open_source(tmp_path / "t.zip")) == 2
