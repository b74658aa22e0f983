"""Boxes from a pyramid: every place says whether it stands in a thing, and how far that reaches.

Tian et al. 2019, https://arxiv.org/abs/1904.01355 (FCOS). Differs: only places near a thing's middle answer for it, and
the box is learned by GIoU (both from the paper's later version, https://arxiv.org/abs/2006.09214, sections 3.3 and
4.1.3); towers are of two convolutions, not of four.

Axes: B batch, P places on all levels, M boxes of a row, C classes.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Pyramid, Tokens
from ..layers.overlap import giou, nms

GROUPS = 16  # of channels that are normalised together, where they divide evenly
REACH = 1.5  # a place within so many strides of a thing's middle answers for it
OCTAVE = 8  # a level answers for things that reach up to so many strides, the next for larger ones
RARE = 0.01  # the probability that a place gives a class before it has learned (Lin et al. 2017, section 4.1)
ALPHA, GAMMA = 0.25, 2.0  # of the focal loss, as published
LEAST, CANDIDATES, KEPT, MOST = 0.05, 1000, 100, 0.6  # of an answer: score, places, boxes, overlap


class Step(nn.Module):
    """(B, D, H, W) -> (B, D, H, W)      normalised within a row, so that what is the same on all levels stays so"""

    def __init__(self, width: int):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm = nn.GroupNorm(math.gcd(GROUPS, width), width)
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu_(self.norm(self.conv(x)))


class BoxesHead(nn.Module):
    """Pyramid -> boxes with class and score.

    Two towers stand on every level, the same on all: one says the classes, the other how far the thing reaches to
    four sides and how near its middle the place is.
    """

    def __init__(self, width: int, classes: int, side: tuple[int, int], *, depth: int = 2):
        super().__init__()
        self.side, self.classes = side, classes
        self.what = nn.Sequential(*[Step(width) for _ in range(depth)])
        self.where = nn.Sequential(*[Step(width) for _ in range(depth)])
        self.scores = nn.Conv2d(width, classes, 3, padding=1)
        self.reach = nn.Conv2d(width, 4, 3, padding=1)
        self.centre = nn.Conv2d(width, 1, 3, padding=1)
        for layer in (self.scores, self.reach, self.centre):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        nn.init.constant_(self.scores.bias, -math.log((1 - RARE) / RARE))  # type: ignore[arg-type]
        nn.init.constant_(self.reach.bias, math.log(4.0))  # type: ignore[arg-type]

    def raw(self, form: Pyramid) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Of every place: class logits (B, P, C), its box (B, P, 4), the logit of its being central (B, P), and where
        it is with its stride (P, 3)."""
        logits, boxes, central, places = [], [], [], []
        for level in form.levels:
            what, where = self.what(level), self.where(level)
            stride = 2.0 ** round(math.log2(self.side[1] / level.shape[3]))
            at = grid(level.shape[2], level.shape[3], stride).to(level.device)
            far = self.reach(where).float().clamp(max=8).exp().flatten(2).mT * stride  # (B, places, 4)
            boxes.append(torch.cat([at[:, :2] - far[..., :2], at[:, :2] + far[..., 2:]], dim=-1))
            logits.append(self.scores(what).float().flatten(2).mT)
            central.append(self.centre(where).float().flatten(1))
            places.append(at)
        return torch.cat(logits, 1), torch.cat(boxes, 1), torch.cat(central, 1), torch.cat(places)

    def loss(self, form: Pyramid, target: Tensor) -> tuple[Tensor, int]:
        """Focal loss of the classes, GIoU of the boxes and cross-entropy of being central, each the mean over the
        places that answer for something, and the number of those. Target: (B, M, 5), of class -1 where there is none.
        """
        logits, boxes, central, places = self.raw(form)
        whose = assigned(target, places)  # (B, P), the box that a place answers for, or -1
        on = whose >= 0
        count = int(on.sum())
        taken = target.gather(1, whose.clamp(min=0)[..., None].expand(-1, -1, 5))  # (B, P, 5)
        truth = torch.zeros_like(logits)
        truth[on] = F.one_hot(taken[on][:, 0].long(), self.classes).to(logits.dtype)
        what = focal(logits, truth)
        near = middle(taken[on][:, 1:], places.expand(len(target), -1, -1)[on])  # (places that answer,)
        where = 2 * ((1 - giou(boxes[on], taken[on][:, 1:])) * near).sum()  # being central is about a half
        how = F.binary_cross_entropy_with_logits(central[on], near, reduction="sum")
        return (what + how + where) / max(count, 1), count

    def decode(self, form: Pyramid, temperature: float = 1.0) -> Tokens:
        """Rows of class, edges and score (B, boxes, 6), the surest first, masked; a temperature means nothing here."""
        del temperature
        logits, boxes, central, _ = self.raw(form)
        scores = (logits.sigmoid() * central.sigmoid()[..., None]).sqrt()  # (B, P, C)
        high, wide = self.side
        limit = torch.tensor([wide, high, wide, high], device=boxes.device)
        rows = [self._row(score, box.clamp(min=0).minimum(limit)) for score, box in zip(scores, boxes, strict=True)]
        lengths = torch.tensor([len(row) for row in rows], device=boxes.device)
        mask = torch.arange(max(1, int(lengths.max())), device=boxes.device) < lengths[:, None]
        out = boxes.new_zeros(len(rows), mask.shape[1], 6)
        for place, row in enumerate(rows):
            out[place, : len(row)] = row
        return Tokens(out, mask)

    def _row(self, scores: Tensor, boxes: Tensor) -> Tensor:
        """(P, C), (P, 4) -> (K, 6)"""
        flat = scores.flatten()
        best = flat.topk(min(CANDIDATES, len(flat)))
        sure = best.indices[best.values > LEAST]
        place, code = sure // self.classes, sure % self.classes
        stays = nms(boxes[place], flat[sure], code, MOST)[:KEPT]
        return torch.cat([code[stays, None].float(), boxes[place[stays]], flat[sure[stays], None]], dim=1)


def grid(height: int, width: int, stride: float) -> Tensor:
    """Where the places of a level are in the picture, and their stride: (height · width, 3) of x, y, stride."""
    down, along = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    at = torch.stack([along, down], dim=-1).flatten(0, 1)
    return torch.cat([(at + 0.5) * stride, torch.full((len(at), 1), stride)], dim=1)


def assigned(target: Tensor, places: Tensor) -> Tensor:
    """Which box each place answers for: (B, M, 5), (P, 3) -> (B, P), -1 for none.

    A place answers for a box when it stands within it, near its middle, and on the level of its size; of several for
    the smallest.
    """
    edges = target[:, None, :, 1:]  # (B, 1, M, 4)
    x, y, stride = (part[None, :, None] for part in places.T)  # (1, P, 1)
    reach = torch.stack(
        [x - edges[..., 0], y - edges[..., 1], edges[..., 2] - x, edges[..., 3] - y], -1
    )  # (B, P, M, 4)
    middle_x, middle_y = (edges[..., 0] + edges[..., 2]) / 2, (edges[..., 1] + edges[..., 3]) / 2
    near = ((x - middle_x).abs() < REACH * stride) & ((y - middle_y).abs() < REACH * stride)
    far = reach.amax(-1)
    first, last = places[0, 2], places[-1, 2]
    low = torch.where(stride > first, OCTAVE * stride / 2, 0.0)
    high = torch.where(stride < last, OCTAVE * stride, math.inf)
    fits = near & (reach.amin(-1) > 0) & (far > low) & (far <= high) & (target[:, None, :, 0] >= 0)
    size = (edges[..., 2] - edges[..., 0]) * (edges[..., 3] - edges[..., 1])
    least = torch.where(fits, size.expand_as(fits), math.inf).min(-1)
    return torch.where(least.values.isfinite(), least.indices, -1)


def middle(boxes: Tensor, places: Tensor) -> Tensor:
    """How central a place is in its box, 1 in the middle and 0 at an edge: (N, 4), (N, 3) -> (N,). Equation 3."""
    near, far = places[:, :2] - boxes[:, :2], boxes[:, 2:] - places[:, :2]  # to the left and up, to the right and down
    ratio = torch.minimum(near, far).clamp(min=0) / torch.maximum(near, far).clamp(min=1e-6)
    return ratio.prod(1).sqrt()


def focal(logits: Tensor, truth: Tensor) -> Tensor:
    """The sum of cross-entropies, each times how wrong it is squared: what is easy, nearly all places, counts little.

    Lin et al. 2017, https://arxiv.org/abs/1708.02002, equation 5.
    """
    nats = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    wrong = (logits.sigmoid() - truth).abs()
    side = ALPHA * truth + (1 - ALPHA) * (1 - truth)
    return (side * wrong**GAMMA * nats).sum()
