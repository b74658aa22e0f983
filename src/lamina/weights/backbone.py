"""Read a backbone's weights: the whole file is checked before a single number of the model changes."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from ..errors import PlanError, SourceError
from ..run import RunDirectory
from ..run.tensors import from_bytes
from .names import HEAD, our_name

SHOWN = 10
PICKLES = {".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"}
STEM = "conv1.weight"
BODY, OUT = "body.", "head."


@dataclass(frozen=True)
class Loaded:
    """What was read: our names with their shapes, the file's names left out, and what was changed on the way."""

    file: str
    loaded: dict[str, tuple[int, ...]]
    left: tuple[str, ...]
    notes: tuple[str, ...]

    def summary(self) -> str:
        """One line for people."""
        left = f"; left out: {_listed(self.left)}" if self.left else ""
        return "; ".join([f"{len(self.loaded)} tensors from {self.file}{left}", *self.notes])


def read_backbone(path: Path, model: nn.Module) -> Loaded:
    """Load a safetensors file of torchvision, timm or Hugging Face ResNet naming into our page; its head is left out.

    Raises SourceError for a file that is a pickle, damaged or no safetensors, PlanError where file and model differ.
    """
    found: dict[str, Tensor] = {}
    left = []
    for name, tensor in _read(path).items():
        if HEAD.match(name):
            left.append(name)
        else:
            found[our_name(name)] = tensor
    ours = model.state_dict()
    notes = []
    if STEM in found and STEM in ours and _channels(found[STEM]) == 3 and _channels(ours[STEM]) == 1:
        found[STEM] = found[STEM].sum(1, keepdim=True)  # what three equal channels would have given
        notes.append(f"{STEM} summed over red, green and blue for grey pictures")
    _check(path, found, ours)
    model.load_state_dict(found, strict=False)  # older files do not count batches; nothing else is absent by now
    return Loaded(path.name, {name: tuple(t.shape) for name, t in found.items()}, tuple(left), tuple(notes))


def read_run(path: Path, model: nn.Module) -> Loaded:
    """Load the body of another run's net into the same page; its way in and its head are left out.

    Raises RunError for a run that is unfinished or damaged, PlanError where the two bodies differ.
    """
    tensors = from_bytes(RunDirectory.open(path).read_bytes("weights.safetensors"), f"{path}/weights.safetensors")
    found = {name.removeprefix(BODY): x for name, x in tensors.items() if name.startswith(BODY)}
    _check(path, found, model.state_dict())
    model.load_state_dict(found)
    left = tuple(name for name in tensors if not name.startswith(BODY))
    return Loaded(path.name, {name: tuple(t.shape) for name, t in found.items()}, left, ())


def read_start(path: Path, net: nn.Module) -> Loaded:
    """Load another run's net into one that reads the same inputs: all but its head.

    Raises RunError for a run that is unfinished or damaged, PlanError where the two differ.
    """
    tensors = from_bytes(RunDirectory.open(path).read_bytes("weights.safetensors"), f"{path}/weights.safetensors")
    found = {name: x for name, x in tensors.items() if not name.startswith(OUT)}
    ours = {name: x for name, x in net.state_dict().items() if not name.startswith(OUT)}
    _check(path, found, ours)
    net.load_state_dict(found, strict=False)
    left = tuple(name for name in tensors if name.startswith(OUT))
    return Loaded(path.name, {name: tuple(t.shape) for name, t in found.items()}, left, ())


def _read(path: Path) -> dict[str, Tensor]:
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise SourceError(f"cannot read the weights {path}: {error.strerror}", expected="a safetensors file") from None
    # a zip holds torch's pickles since 1.6, 0x80 opens a bare one; the ninth byte of a safetensors file is "{"
    fix = f"lamina import {shlex.quote(str(path))} --out weights.safetensors"
    if path.suffix.lower() in PICKLES or head.startswith(b"PK\x03\x04") or (head[:1] == b"\x80" and head[8:9] != b"{"):
        raise SourceError(f"{path} is a pickle, and a pickle can run code", expected="a safetensors file", fix=fix)
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise SourceError(f"{path} is a web page, a failed download?", expected="a safetensors file")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is no mapping
    except (SafetensorError, OSError, ValueError) as error:
        raise SourceError(f"{path} is cut short, damaged or no safetensors file: {error}") from None


def _check(path: Path, found: dict[str, Tensor], ours: dict[str, Tensor]) -> None:
    missing = [name for name in ours if name not in found and not name.endswith("num_batches_tracked")]
    unknown = [name for name in found if name not in ours]
    differ = [
        f"{name} ({_shape(found[name])} in the file, {_shape(ours[name])} here)"
        for name in found
        if name in ours and found[name].shape != ours[name].shape
    ]
    what = [
        f"{len(names)} {problem}: {_listed(names)}"
        for names, problem in ((missing, "missing"), (unknown, "unknown here"), (differ, "of another shape"))
        if names
    ]
    if what:
        raise PlanError(
            f"{path.name} does not fit this model; {'; '.join(what)}",
            expected="weights of the same page: as many blocks, the same stem",
            fix="--model with the file's architecture"
            + (", and --set model.small=false for its 7 × 7 stem" if any(STEM in d for d in differ) else ""),
        )
    broken = [name for name, tensor in found.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise SourceError(f"{path.name} holds numbers that are not finite in {_listed(broken)}")


def _channels(kernel: Tensor) -> int:
    return kernel.shape[1] if kernel.dim() == 4 else 0


def _shape(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "one number"


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
