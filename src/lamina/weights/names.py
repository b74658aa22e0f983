"""What other libraries call the parameters of a ResNet, and what we do."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..models.resnet import RESNET18, RESNET34, RESNET50

HEAD = re.compile(r"(fc|classifier)\.")  # torchvision and timm; Hugging Face

_BLOCK = re.compile(r"encoder\.stages\.(\d+)\.layers\.(\d+)\.(.+)")
_PART = re.compile(r"(embedder\.embedder|layer\.(\d+)|shortcut)\.(convolution|normalization)\.(\w+)")

_PLACE = re.compile(r"layer([1-4])\.(\d+)\.")
_PAGES = {"resnet18": RESNET18, "resnet34": RESNET34, "resnet50": RESNET50}


def our_name(name: str) -> str:
    """Our name for a parameter of a ResNet: torchvision and timm have the same, Hugging Face counts from zero.

    >>> our_name("resnet.encoder.stages.1.layers.0.layer.2.normalization.bias")
    'layer2.0.bn3.bias'
    >>> our_name("embedder.embedder.convolution.weight")
    'conv1.weight'
    >>> our_name("layer1.0.downsample.0.weight")
    'layer1.0.downsample.0.weight'
    """
    rest = name.removeprefix("resnet.")
    block = _BLOCK.fullmatch(rest)
    part = _PART.fullmatch(block[3] if block else rest)
    if part is None:
        return name
    place = f"layer{int(block[1]) + 1}.{block[2]}." if block else ""
    convolves = part[3] == "convolution"
    if part[1] == "shortcut":
        return f"{place}downsample.{0 if convolves else 1}.{part[4]}"
    return f"{place}{'conv' if convolves else 'bn'}{int(part[2] or 0) + 1}.{part[4]}"


def page_of(names: Iterable[str]) -> str:
    """Which of our pages has parameters of these names, by its blocks; nothing where none has.

    >>> page_of(f"layer{stage}.{block}.conv2.weight" for stage in (1, 2, 3, 4) for block in (0, 1))
    'resnet18'
    """
    ours = {our_name(name) for name in names}
    blocks = {(int(place[1]), int(place[2])) for name in ours if (place := _PLACE.match(name))}
    counts = tuple(sum(stage == at for stage, _ in blocks) for at in (1, 2, 3, 4))
    kind = "bottleneck" if "layer1.0.conv3.weight" in ours else "basic"
    return next((page for page, plan in _PAGES.items() if (plan.blocks, plan.block) == (counts, kind)), "")
