"""A chain in space from what is known of its residues and of every pair of them.

Jumper et al. 2021, https://doi.org/10.1038/s41586-021-03819-2, supplementary algorithms 20, 22, 23 and 28 and section
1.9.8. Differs: the backbone alone, without side chains, and without a loss for broken bonds; fewer heads and rounds;
the rounds begin where the likeliest distances lay the chain (Torgerson 1952), not with all residues at the origin,
which a few chains do not teach a net to unfold (docs/tried.md); those distances are of Cα, not Cβ, and reach to 45 Å;
distances nearby count once more; and of every ten parts of the loss one is not clamped, where the paper leaves one
batch of ten unclamped.

Axes: B batch, T residues, D width, H heads, K width of a head, P points of a head. Lengths are in Å.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..forms import Pairs, Tokens
from ..layers import Dropout
from ..layers.frames import Frames, stepped, through
from ..layers.scaling import along, laid_out

# N, Cα and C of a residue as its own frame sees them, as the paper's program has them for alanine.
BACKBONE = ((-0.525, 1.363, 0.0), (0.0, 0.0, 0.0), (1.526, 0.0, 0.0))
ROUNDS = 3  # that the chain is moved in, with the same weights
SCALE = 10.0  # Å in the unit that places are counted in
CLAMP = 10.0  # Å beyond which an error counts no more
UNCLAMPED = 0.1  # the share of the loss in which it does
BINS, NEAREST, FARTHEST = 64, 3.0, 45.0  # of the distogram: the first and the last edge
DISTOGRAM = 0.3  # its share beside the other losses
RADIUS, WITHIN = 15.0, (0.5, 1.0, 2.0, 4.0)  # of lDDT: pairs that count, and how far off one may be


class PointAttention(nn.Module):
    """Residues read from each other by what they are, by what is known of each pair, and by how near points lie that
    each carries with it; turning and moving the whole changes nothing. Algorithm 22.

    x (B, T, D), pair (B, T, T, D), frames (B, T), in units of 10 Å, and mask (B, T) -> (B, T, D)
    """

    def __init__(self, width: int, heads: int = 4, points: int = 4):
        super().__init__()
        self.heads, self.size, self.points = heads, max(1, width // heads), points
        self.qkv = nn.Linear(width, 3 * heads * self.size, bias=False)
        self.carried = nn.Linear(width, 3 * heads * points * 3, bias=False)
        self.bias = nn.Linear(width, heads, bias=False)
        self.weight = nn.Parameter(torch.full((heads,), math.log(math.e - 1)))  # softplus of it is 1
        self.out = nn.Linear(heads * (self.size + width + 4 * points), width)

    def forward(self, x: Tensor, pair: Tensor, frames: Frames, mask: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # each (B, H, T, K)
        placed = frames.out(self.carried(x).unflatten(-1, (-1, 3)))  # (B, T, 3 H P, 3)
        near, far, held = placed.reshape(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)  # each (B, H, T, 3 P)
        apart = near.square().sum(-1, keepdim=True) + far.square().sum(-1).unsqueeze(-2) - 2 * near @ far.mT
        drawn = (q @ k.mT) * self.size**-0.5 + self.bias(pair).permute(0, 3, 1, 2)
        pull = F.softplus(self.weight)[:, None, None] * math.sqrt(2 / (9 * self.points)) / 2
        scores = math.sqrt(1 / 3) * (drawn - pull * apart)  # apart: squared distances, summed over points
        share = scores.masked_fill(~mask[:, None, None], -1e9).softmax(-1)  # (B, H, T, T)
        points = (share @ held).unflatten(-1, (-1, 3)).transpose(1, 2)  # (B, T, H, P, 3)
        seen = frames.seen(points.flatten(2, 3))  # (B, T, H P, 3)
        length = (seen.square().sum(-1) + 1e-8).sqrt()
        read = (share @ v).transpose(1, 2).flatten(2)
        pairs = torch.einsum("bhij,bijd->bihd", share, pair).flatten(2)
        out: Tensor = self.out(torch.cat([read, pairs, seen.flatten(2), length], dim=-1))
        return out


class StructureHead(nn.Module):
    """Pairs -> N, Cα and C of every residue (B, T, 3, 3), in Å; where the whole lies and how it is turned is nothing.

    A residue is a frame. Where the distogram lays them is where they begin, and they are moved in three rounds. Targets
    are (B, T, 3, 3), NaN where an atom is not known and after the end of a row.
    """

    backbone: Tensor

    def __init__(self, width: int, *, drop: float = 0.0):
        super().__init__()
        self.norm, self.norm_pair = nn.LayerNorm(width), nn.LayerNorm(width)
        self.begin, self.read = nn.Linear(width, width), PointAttention(width)
        self.norm_read, self.norm_think = nn.LayerNorm(width), nn.LayerNorm(width)
        self.think = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width)
        )
        self.step = nn.Linear(width, 6)
        with torch.no_grad():
            self.step.weight.mul_(0.1)  # small steps at first; the paper begins with none
            self.step.bias.zero_()
        self.distogram = nn.Linear(width, BINS)
        self.drop = Dropout(drop)
        self.register_buffer("backbone", torch.tensor(BACKBONE), persistent=False)

    def rounds(self, form: Pairs) -> list[Frames]:
        """The frames of the residues after every round, (B, T) each."""
        assert form.single is not None
        mask = form.mask if form.mask is not None else form.x.new_ones(form.x.shape[:2], dtype=torch.bool)
        pair, x = self.norm_pair(form.x.float()), self.begin(self.norm(form.single.float()))
        frames, made = self.start(form, mask), []
        for _ in range(ROUNDS):
            x = self.norm_read(self.drop(x + self.read(x, pair, Frames(frames.turn, frames.move / SCALE), mask)))
            x = self.norm_think(self.drop(x + self.think(x)))
            frames = frames.held().then(stepped(self.step(x)))
            made.append(frames)
        return made

    def start(self, form: Pairs, mask: Tensor) -> Frames:
        """The frames that the rounds begin with, (B, T): where the distances that are thought likely lay the chain."""
        with torch.no_grad():
            width = (FARTHEST - NEAREST) / (BINS - 2)
            middles = NEAREST + width * (torch.arange(BINS, device=form.x.device) - 0.5)
            apart = self.logits(form).softmax(-1) @ middles  # (B, T, T)
            apart = apart * (1 - torch.eye(apart.shape[1], device=apart.device))
            return along(laid_out(apart, mask), mask)

    def logits(self, form: Pairs) -> Tensor:
        """How likely each distance of two residues is, (B, T, T, bins), the same both ways."""
        x = form.x.float()
        made: Tensor = self.distogram(x + x.transpose(1, 2))
        return made

    def atoms(self, frames: Frames) -> Tensor:
        """N, Cα and C of every residue, (B, T, 3, 3)."""
        return frames.out(self.backbone)

    def loss(self, form: Pairs, target: Tensor) -> tuple[Tensor, int]:
        """What is wrong with all Cα as the frames see them and with the distances nearby, after every round and most
        after the last, and with the distogram; a mean over rows."""
        with torch.autocast(form.x.device.type, enabled=False):
            here = target.isfinite().all(-1)  # (B, T, 3)
            if form.mask is not None:
                here = here & form.mask.unsqueeze(-1)
            true = target.nan_to_num()
            places, seen = true[:, :, 1], here[:, :, 1]  # of Cα
            made = [errors(f, true, here) + strain(f.move, places, seen) for f in self.rounds(form)]  # (B,) each
            told = self.told(form, places, seen)
            return ((made[-1] + torch.stack(made).mean(0)) / 2 + DISTOGRAM * told).mean(), len(target)

    def told(self, form: Pairs, true: Tensor, here: Tensor) -> Tensor:
        """Cross entropy of the distances between Cα (B, T, 3), in nats a pair, by row: (B,)."""
        edges = torch.linspace(NEAREST, FARTHEST, BINS - 1, device=true.device)
        bins = torch.bucketize(torch.cdist(true, true), edges)
        nats = F.cross_entropy(self.logits(form).permute(0, 3, 1, 2), bins, reduction="none")
        both = here[:, :, None] & here[:, None]
        return (nats * both).sum((1, 2)) / both.sum((1, 2)).clamp(min=1)

    def decode(self, form: Pairs, temperature: float = 1.0) -> Tokens:
        """N, Cα and C, (B, T, 3, 3), as far as each row goes; a temperature means nothing here."""
        del temperature
        with torch.autocast(form.x.device.type, enabled=False):
            return Tokens(self.atoms(self.rounds(form)[-1]), form.mask)


def errors(frames: Frames, true: Tensor, here: Tensor) -> Tensor:
    """FAPE: how far every Cα lies from where it should, as every residue sees it; in units of 10 Å, by row: (B,).

    Frames (B, T) that are answered, whose origins are the Cα; true N, Cα and C (B, T, 3, 3), and here (B, T, 3) which
    are known. Algorithm 28. Turning and moving the truth changes nothing; its mirror image is another chain.
    """
    truth = through(*true.unbind(2))
    said = frames.seen(frames.move.unsqueeze(1))  # (B, T, T, 3): every Cα in every frame
    wanted = truth.seen(truth.move.unsqueeze(1))
    error = ((said - wanted).square().sum(-1) + 1e-4).sqrt()
    error = (1 - UNCLAMPED) * error.clamp(max=CLAMP) + UNCLAMPED * error
    both = (here.all(-1)[:, :, None] & here[:, None, :, 1]).to(error.dtype)  # frames that are known, and Cα that are
    return (error * both).sum((1, 2)) / both.sum((1, 2)).clamp(min=1) / SCALE


def strain(said: Tensor, true: Tensor, here: Tensor) -> Tensor:
    """How many distances between points (B, T, 3) less than 15 Å apart are not kept, by row, from 0 to 1: (B,).

    One minus lDDT with smooth steps in place of its four hard ones. Abramson et al. 2024,
    https://doi.org/10.1038/s41586-024-07487-w, supplementary algorithm 27.
    """
    apart = torch.cdist(true, true)
    gap = (((said[:, :, None] - said[:, None]).square().sum(-1) + 1e-6).sqrt() - apart).abs()
    kept = torch.stack([(most - gap).sigmoid() for most in WITHIN]).mean(0)
    near = (here[:, :, None] & here[:, None] & (apart < RADIUS)).to(gap.dtype)
    near = near * (1 - torch.eye(near.shape[1], device=near.device))
    return 1 - (kept * near).sum((1, 2)) / near.sum((1, 2)).clamp(min=1)
