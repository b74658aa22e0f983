"""Mask from a map: a class for every pixel."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Map

VOID = -1  # the target of a pixel that is of no class


class MaskHead(nn.Module):
    """Map -> the likeliest class of every pixel, by a 1 × 1 convolution; a map of another side is enlarged first.

    The loss is cross-entropy plus 1 - Dice, in the soft form of Milletari et al. 2016, https://arxiv.org/abs/1606.04797,
    section 3: the first makes every pixel probable, the second counts a small thing as much as a large one. Differs:
    below the line are sums of p and t, not of their squares, and one is added above and below, for what is not there.
    """

    def __init__(self, width: int, classes: int, side: tuple[int, int], *, drop: float = 0.0):
        super().__init__()
        self.side, self.classes = side, classes
        self.drop = nn.Dropout2d(drop)
        self.out = nn.Conv2d(width, classes, 1)

    def logits(self, form: Map) -> Tensor:
        """(B, classes, H, W) in float32, at the side of the mask."""
        made: Tensor = self.out(self.drop(form.x)).float()
        if made.shape[-2:] != self.side:
            made = F.interpolate(made, size=self.side, mode="bilinear", align_corners=False)
        return made

    def loss(self, form: Map, target: Tensor) -> tuple[Tensor, int]:
        """Mean cross-entropy of pixels plus 1 - soft Dice, mean over rows, and the rows. Target: (B, H, W), -1 none."""
        logits = self.logits(form)
        known = target != VOID
        by_pixel = F.cross_entropy(logits, target, ignore_index=VOID, reduction="none")  # (B, H, W)
        nats = by_pixel.sum((1, 2)) / known.sum((1, 2)).clamp(min=1)
        return (nats + 1 - self._soft_dice(logits, target, known)).mean(), len(logits)

    def _soft_dice(self, logits: Tensor, target: Tensor, known: Tensor) -> Tensor:
        """(B,): mean over the classes but the first of (2 Σ p t + 1) / (Σ p + Σ t + 1)."""
        shares = logits.softmax(1)[:, 1:] * known[:, None]  # (B, classes - 1, H, W)
        truth = F.one_hot(target.clamp(min=0), self.classes).permute(0, 3, 1, 2)[:, 1:] * known[:, None]
        both = (shares * truth).sum((2, 3))
        total = shares.sum((2, 3)) + truth.sum((2, 3))
        return ((2 * both + 1) / (total + 1)).mean(1)

    def decode(self, form: Map, temperature: float = 1.0) -> Tensor:
        """(B, H, W) classes; a temperature changes none of them."""
        del temperature
        return self.logits(form).argmax(1)

    def figures(self, form: Map, target: Tensor) -> Tensor:
        """(B, 2): the row's Dice of what is decoded, as scores have it, and 1."""
        said, known = self.decode(form), target != VOID
        dice, seen = torch.zeros(len(said)).to(said.device), torch.zeros(len(said)).to(said.device)
        for code in range(1, self.classes):
            on, true = (said == code) & known, target == code
            total = on.sum((1, 2)) + true.sum((1, 2))
            dice += 2 * (on & true).sum((1, 2)) / total.clamp(min=1)
            seen += total > 0
        return torch.stack([torch.where(seen > 0, dice / seen.clamp(min=1), 1.0), torch.ones_like(seen)], dim=1)
