"""Tensors as safetensors in which every tensor carries its SHA-256, since a flipped bit otherwise loads in silence.

The hash covers the name, type, shape and bytes of a tensor and stands in the file's own header, so that a weights file
can be checked wherever it is copied to. Equal tensors give equal bytes: no time, path or host.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

from ..config import parse_json
from ..errors import RunError, SettingError
from ..files import json_bytes, what_is, write_bytes
from ..ranks import Ranks

HASHES = "sha256"


def to_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    """Named tensors as safetensors with their hashes; tensors that share memory are written each on its own."""
    flat, seen = {}, set()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        storage = tensor.untyped_storage()
        if storage.data_ptr() in seen or storage.nbytes() != tensor.nbytes:
            tensor = tensor.clone()
        seen.add(tensor.untyped_storage().data_ptr())
        flat[name] = tensor
    hashes = {name: _hash(name, tensor) for name, tensor in flat.items()}
    return save(flat, metadata={HASHES: json_bytes(hashes, indent=None).decode("utf-8")})


def from_bytes(data: bytes, file: str) -> dict[str, Tensor]:
    """The tensors of `to_bytes`, each checked. Raises RunError naming the file and the tensor."""
    why = damage(data)
    if why:
        raise RunError(
            f"{file} is damaged: {why}",
            expected="the file as it was written",
            fix=f"copy {file} again from where it came, or fit again",
        )
    return load(data)


def damage(data: bytes) -> str:
    """What is wrong with the bytes of `to_bytes`, or nothing: the first tensor whose hash does not fit, by name."""
    try:
        length = int.from_bytes(data[:8], "little")
        header = parse_json(data[8 : 8 + length], "header")
        hashes = parse_json(header["__metadata__"][HASHES], "hashes")
        end = (
            8
            + length
            + max((at["data_offsets"][1] for name, at in header.items() if name != "__metadata__"), default=0)
        )
    except (SettingError, KeyError, TypeError, IndexError, UnicodeDecodeError):
        return f"{what_is(data)} (the header cannot be read)"
    if len(data) < end:
        return f"{len(data):,} of {end:,} bytes"
    try:
        tensors = load(data)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        return f"the header does not fit what follows ({error})"
    for name in sorted({*hashes, *tensors}):
        if name not in tensors or hashes.get(name) != _hash(name, tensors[name]):
            return f'tensor "{name}" is not the one that was written'
    return ""


def here(tensor: Any) -> Tensor:
    """A tensor, or where it is cut over processes (torch's DTensor) this one's rows of it."""
    rows: Tensor = tensor.to_local() if is_cut(tensor) else tensor
    return rows


def is_cut(tensor: Tensor) -> bool:
    """Whether several processes hold some rows each of a tensor."""
    return hasattr(tensor, "to_local")


def read_rows(files: Sequence[Path], ranks: Ranks) -> dict[str, Tensor]:
    """A process's rows of tensors that lie in several files, some rows of each in every one, in their order."""
    made = {}
    with ExitStack() as opened:
        parts = [opened.enter_context(safe_open(file, "pt")) for file in files]
        for name in parts[0].keys() if parts else ():
            cut = [part.get_slice(name) for part in parts]
            ends = list(accumulate((x.get_shape()[0] for x in cut), initial=0))
            mine, found = ranks.rows(ends[-1]), []
            for x, start, end in zip(cut, ends, ends[1:], strict=False):
                first, last = (min(max(at, start), end) - start for at in (mine.start, mine.stop))
                found.append(x[first:last])
            made[name] = torch.cat(found)
    return made


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors to a file, whole or not at all."""
    write_bytes(path, to_bytes(tensors))


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, each checked. Raises RunError naming the file and the tensor."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from None
    return from_bytes(data, str(path))


def _hash(name: str, tensor: Tensor) -> str:
    made = hashlib.sha256(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
    made.update(bytes_of(tensor).numpy().data)
    return made.hexdigest()


def bytes_of(tensor: Tensor) -> Tensor:
    """The bytes of a contiguous tensor on the host, one after the other, in place: (n,). A side of length 1 may have
    any stride, which a plain view as bytes refuses."""
    return tensor.as_strided((tensor.numel(),), (1,)).view(torch.uint8)
