"""Batch norm folded into the convolution before it: of a net that only answers, both are one linear map.

With the norm's kept mean m and variance v, gain g and shift b, norm(W x) = (g / sqrt(v + eps)) W x + b - g m / sqrt(v +
eps); Jacob et al. 2017, https://arxiv.org/abs/1712.05877, section 3.2. The arithmetic is torch's own
(`torch.nn.utils.fusion`).
"""

from __future__ import annotations

from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..layers import ConvNorm
from ..models import alphazero
from ..models.fcos import Lateral
from ..models.resnet import Basic, Bottleneck, ResNet

# Which parts of a module follow each other, convolution and norm, with nothing between; in a Sequential that is seen.
PAIRS: dict[type[nn.Module], tuple[tuple[str, str], ...]] = {
    ConvNorm: (("conv", "norm"),),
    Lateral: (("conv", "norm"),),
    alphazero.Block: (("second", "norm"),),
    ResNet: (("conv1", "bn1"),),
    Basic: (("conv1", "bn1"), ("conv2", "bn2")),
    Bottleneck: (("conv1", "bn1"), ("conv2", "bn2"), ("conv3", "bn3")),
}


def fold_norms(net: nn.Module) -> int:
    """Fold every batch norm that follows a convolution into it, in place, and leave nothing where it stood; how many.

    The net must be in the mode of answering, and answers as before up to the rounding of float32: it is not to be
    trained or saved afterwards.
    """
    count = 0
    for module in net.modules():
        names = [name for name, _ in module.named_children()]
        pairs = pairwise(names) if isinstance(module, nn.Sequential) else PAIRS.get(type(module), ())
        for first, second in pairs:
            convolution, norm = getattr(module, first), getattr(module, second)
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, first, fuse_conv_bn_eval(convolution, norm))
                setattr(module, second, nn.Identity())
                count += 1
    return count
