"""TiDE against the paper's own equations, and where what is known of a step to come goes."""

import pytest
import torch
from torch.nn import functional as F
from torch.testing import assert_close

from lamina.errors import PlanError
from lamina.forms import Tokens, Vector
from lamina.heads.series import SeriesHead
from lamina.models.tide import Tide, TidePlan

PAST, STEPS, CHANNELS, KNOWN = 20, 6, 3, 2
PLAN = TidePlan(width=16, depth=2, steps=STEPS, step=4, hidden=8, drop=0.0)


def made(known=KNOWN):
    torch.manual_seed(0)
    shapes = ((PAST, CHANNELS), (PAST + STEPS, known)) if known else ((PAST, CHANNELS),)
    body = Tide(PLAN, *shapes).eval()
    return body, SeriesHead(body.width, STEPS, CHANNELS, by_channel=True)


def inputs(known=KNOWN):
    x = torch.randn(4, PAST, CHANNELS)
    return (Tokens(x), Tokens(torch.randn(4, PAST + STEPS, known))) if known else (Tokens(x),)


def residual(block, x, norm=True):
    """The paper's block: W2 relu(W1 x), beside it a linear map, and layer norm over the sum."""
    made = F.linear(F.linear(x, block.hidden.weight, block.hidden.bias).relu(), block.out.weight, block.out.bias)
    made = made + F.linear(x, block.skip.weight, block.skip.bias)
    return F.layer_norm(made, made.shape[-1:], block.norm.weight, block.norm.bias) if norm else made


@pytest.mark.parametrize("known", [0, KNOWN])
def test_page_and_head_are_the_equations_of_the_paper(known):
    body, head = made(known)
    x = inputs(known)
    said = torch.empty(4, STEPS, CHANNELS)
    for row in range(4):
        for channel in range(CHANNELS):
            y = x[0].x[row, :, channel]
            mean, std = y.mean(), (y.var(unbiased=False) + 1e-5).sqrt()
            y = (y - mean) / std
            told = [residual(body.project, step) for step in x[1].x[row]] if known else []
            e = torch.cat([y, body.named[channel], *told])
            for block in body.blocks:
                e = residual(block, e)
            for step in range(STEPS):
                d = e[step * PLAN.step : (step + 1) * PLAN.step]
                d = torch.cat([d, told[PAST + step]]) if known else d
                highway = residual(body.decode_step, d, norm=False)
                straight = head.out.weight[step] @ y + head.out.bias[step]
                said[row, step, channel] = (highway + straight) * std + mean
    assert_close(head.decode(body(x)), said, rtol=1e-4, atol=1e-4)


def test_what_is_known_of_a_step_reaches_it_past_the_dense_layers():
    body, head = made()
    for block in body.blocks:
        torch.nn.init.zeros_(block.norm.weight)  # what is encoded says nothing any more
    past, known = inputs()
    changed = known.x.clone()
    changed[:, PAST + 2] += 1
    before, after = head.decode(body((past, known))), head.decode(body((past, Tokens(changed))))
    same = torch.arange(STEPS) != 2
    assert_close(after[:, same], before[:, same])
    assert (after[:, 2] - before[:, 2]).abs().min() > 1e-4


def test_all_that_is_known_is_read_by_the_dense_layers():
    body, head = made()
    past, known = inputs()
    plain = head.decode(body((past, known)))
    for step in range(PAST + STEPS):
        changed = known.x.clone()
        changed[:, step] += 1
        assert not torch.allclose(head.decode(body((past, Tokens(changed))))[:, 0], plain[:, 0])


def test_channels_do_not_meet_and_are_told_apart():
    body, (past, known) = made()[0], inputs()
    changed = past.x.clone()
    changed[..., 2] = torch.randn(4, PAST)
    before, after = body((past, known)).steps, body((Tokens(changed), known)).steps
    assert_close(after[:, :2], before[:, :2])
    assert not torch.allclose(after[:, 2], before[:, 2])
    alike = body((Tokens(past.x[..., :1].expand(-1, -1, CHANNELS)), known)).steps
    assert not torch.allclose(alike[:, 0], alike[:, 1])


def test_an_answer_moves_with_the_level_of_its_window():
    (body, head), (past, known) = made(), inputs()
    moved = head.decode(body((Tokens(10 * past.x + 3), known)))
    assert_close(moved, 10 * head.decode(body((past, known))) + 3, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("shapes", [(), ((3, 8, 8), (20, 2)), ((20, 3), (26, 2), (26, 1)), ((5,),)])
def test_what_is_no_past_beside_what_is_known_is_refused(shapes):
    with pytest.raises(PlanError, match="tide forecasts a series"):
        Tide(PLAN, *shapes)


def test_another_number_of_steps_than_is_known_or_asked_for_is_refused():
    with pytest.raises(PlanError, match="decode 6 steps, and 5 are known ahead") as caught:
        Tide(PLAN, (20, 3), (25, 2))
    assert "--set model.steps=5" in str(caught.value)
    body, _ = made(0)
    head = SeriesHead(body.width, 7, CHANNELS, by_channel=True)
    with pytest.raises(PlanError, match="decodes 6 steps, and 7 are to be forecast"):
        head.decode(body(inputs(0)))
    assert SeriesHead(5, 7, CHANNELS, by_channel=False).decode(Vector(torch.randn(2, 5))).shape == (2, 7, CHANNELS)
