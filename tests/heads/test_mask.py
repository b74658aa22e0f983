"""A class for every pixel."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lamina.forms import Map
from lamina.heads.mask import MaskHead
from lamina.kinds.mask import VOID, Mask
from lamina.metrics.masks import figures


def made(classes=3, width=4, side=(8, 10)):
    torch.manual_seed(0)
    return MaskHead(width, classes, side), Map(torch.randn(2, width, *side)), torch.randint(0, classes, (2, *side))


def test_pixels_of_no_class_teach_nothing():
    head, form, target = made()
    half = target.clone()
    half[:, :, 5:] = -1
    changed = form.x.clone()
    changed[:, :, :, 5:] += 1  # only where there is no class
    assert head.loss(form, half)[0].item() == pytest.approx(head.loss(Map(changed), half)[0].item(), abs=1e-6)
    assert head.loss(form, target)[0].item() != pytest.approx(head.loss(Map(changed), target)[0].item(), abs=1e-6)


def test_the_loss_is_cross_entropy_and_what_dice_lacks():
    head, form, target = made()
    logits = head.logits(form)
    shares, truth = logits.softmax(1), F.one_hot(target, 3).permute(0, 3, 1, 2)
    both = (shares * truth).sum((2, 3))
    dice = (2 * both + 1) / (shares.sum((2, 3)) + truth.sum((2, 3)) + 1)
    expected = F.cross_entropy(logits, target) + 1 - dice[:, 1:].mean()
    torch.testing.assert_close(head.loss(form, target)[0], expected)


def test_a_coarser_map_is_enlarged_to_the_side_of_the_mask():
    head, form, _ = made(side=(16, 20))
    small = Map(form.x[:, :, ::2, ::2])
    assert head.decode(small).shape == (2, 16, 20)


def test_figures_are_the_dice_that_scores_have():
    head, form, target = made(classes=3)
    target[0, :2] = -1
    said = head.decode(form).numpy()
    truth = np.where(target.numpy() < 0, VOID, target.numpy())
    theirs = figures(Mask(values=(0, 1, 2)), truth, said)[:, :2]
    np.testing.assert_allclose(head.figures(form, target).detach().numpy(), theirs, atol=1e-6)
