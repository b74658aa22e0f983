"""PatchTST: a transformer that reads each channel alone, as a row of overlapping patches.

Nie et al. 2023, https://arxiv.org/abs/2211.14730, section 3.1 and figure 1: instance norm, patches with the last value
repeated at the end, batch norm in place of layer norm. Sizes are those of its appendix A.1.4 for the small ETT sets.
The flattening is done here, the linear map to the future by the head.

Axes: B batch, T positions, C channels, P patches, D width, H heads, K width of a head.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import PlanError
from ..forms import Channels, Tokens
from ..layers import Dropout, RevIn
from .body import Body, whole


@dataclass(frozen=True)
class PatchTstPlan:
    width: Annotated[int, Field(ge=1, le=4096)] = 16  # of a patch within the net
    depth: Annotated[int, Field(ge=1, le=48)] = 3  # blocks
    heads: Annotated[int, Field(ge=1, le=64)] = 4
    hidden: Annotated[int, Field(ge=1, le=16384)] = 128  # units between the two linear layers of a block
    patch: Annotated[int, Field(ge=1, le=1024)] = 16  # steps of a patch
    stride: Annotated[int, Field(ge=1, le=1024)] = 8  # steps from one patch to the next
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.3


class AcrossRows(nn.BatchNorm1d):
    """Batch norm of each feature over rows and patches: (B, P, D) -> (B, P, D)"""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.mT).mT


class PatchAttention(nn.Module):
    """Every patch reads from every other of its channel: (B, P, D) -> (B, P, D)"""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # each (B, H, P, K)
        x = F.scaled_dot_product_attention(q, k, v)  # (B, H, P, K)
        out: Tensor = self.out(x.transpose(1, 2).flatten(2))  # (B, P, D)
        return out


class PatchBlock(nn.Module):
    """(B, P, D) -> (B, P, D), each norm after its sum"""

    def __init__(self, plan: PatchTstPlan):
        super().__init__()
        self.attend = PatchAttention(plan.width, plan.heads)
        self.norm_attend, self.norm_feed = AcrossRows(plan.width), AcrossRows(plan.width)
        self.feed = nn.Sequential(
            nn.Linear(plan.width, plan.hidden), nn.GELU(), Dropout(plan.drop), nn.Linear(plan.hidden, plan.width)
        )
        self.drop = Dropout(plan.drop)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm_attend(x + self.drop(self.attend(x)))
        out: Tensor = self.norm_feed(x + self.drop(self.feed(x)))
        return out


class PatchTst(Body):
    """Tokens (B, T, C) -> Channels (B, C, P × D) with the shift and scale of each window"""

    def __init__(self, plan: PatchTstPlan, width: int, length: int):
        super().__init__()
        if plan.width % plan.heads:
            raise PlanError(
                f"a width of {plan.width} does not split into {plan.heads} equal heads", fix="--set model.heads=1"
            )
        if length < plan.patch:
            raise PlanError(
                f"windows of {length} steps are shorter than a patch of {plan.patch}",
                fix=f"--set model.patch={length}",
            )
        self.patch, self.stride = plan.patch, plan.stride
        patches = (length - plan.patch) // plan.stride + 2
        self.level = RevIn(width)
        self.embed = nn.Linear(plan.patch, plan.width)
        self.place = nn.Parameter(torch.empty(patches, plan.width).uniform_(-0.02, 0.02))
        self.drop = Dropout(plan.drop)
        self.blocks = nn.Sequential(*[PatchBlock(plan) for _ in range(plan.depth)])
        self.width = patches * plan.width

    def forward(self, tokens: Tokens, given: object = None) -> Channels:
        del given
        whole(tokens, "patchtst")
        x, shift, scale = self.level(tokens.x)  # (B, T, C)
        channels = x.shape[-1]
        patches = cut_patches(x.mT.flatten(0, 1), self.patch, self.stride)  # (B × C, P, patch)
        made = self.blocks(self.drop(self.embed(patches) + self.place))  # (B × C, P, D)
        return Channels(made.flatten(1).unflatten(0, (-1, channels)), shift, scale)


def cut_patches(x: Tensor, patch: int, stride: int) -> Tensor:
    """Overlapping patches, the last value repeated over one stride at the end: (B, T) -> (B, P, patch).

    P = floor((T - patch) / stride) + 2, as the paper counts them.
    """
    padded = torch.cat([x, x[:, -1:].expand(-1, stride)], 1)
    return padded.unfold(1, patch, stride)
