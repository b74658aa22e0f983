"""Words taken out of texts while training, so that no word decides alone."""

from __future__ import annotations

import torch
from torch import Tensor

from ..forms import Batch
from ..kinds.text import PADDING, UNKNOWN
from ..rng import by_row


def forgotten(ids: Tensor, share: float, batch: Batch, seed: int) -> Tensor:
    """Ids (B, T) with a share of the words shown as the unknown one, a function of (seed, epoch, row)."""
    draws = by_row(batch.rows.numpy(), ids.shape[1], seed, "forget", batch.epoch)
    pick = torch.from_numpy(draws < share).to(ids.device) & (ids != PADDING)
    return ids.masked_fill(pick, UNKNOWN)
