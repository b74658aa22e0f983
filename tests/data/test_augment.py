"""Augmentation changes the pictures, not the answer, and gives a row the same in whatever batch it stands."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from lamina.data.augment import (
    ENDS,
    SIDES,
    Augment,
    augmented,
    choose_augment,
    coloured,
    erased,
    shifted,
    speaks_of,
    turned,
)
from lamina.data.borne import check_augment
from lamina.data.mirrored import mirror_kept
from lamina.errors import PlanError
from lamina.flow.learn import Learning
from lamina.forms import Batch
from lamina.kinds import Audio, Category, Field, Image, Number, Schema

EVERYTHING = Augment(flip=0.5, crop=3, rotate=15, zoom=0.2, colour=0.3, erase=0.5)


def schema(channels: int = 3, height: int = 16, width: int = 12, labels: tuple = ("cat", "dog", "eel")) -> Schema:
    image = Image(height=height, width=width, channels=channels, mean=(0.5,) * channels, std=(0.2,) * channels)
    return Schema((Field("image", image, "input"), Field("label", Category(labels=labels), "target")))


def batch(rows: list[int], epoch: int = 0, channels: int = 3) -> Batch:
    made = [np.random.default_rng(r).integers(0, 256, (16, 12, channels), dtype=np.uint8) for r in rows]
    pixels = torch.from_numpy(np.stack(made)).permute(0, 3, 1, 2)
    return Batch({"image": pixels}, {"label": torch.tensor(rows) % 3}, torch.tensor(rows), epoch)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_row_gets_the_same_in_whatever_batch_it_stands(channels):
    of = schema(channels)
    together = augmented(batch([5, 6, 7, 8], channels=channels), EVERYTHING, of, seed=1, step=0)
    alone = augmented(batch([7], channels=channels), EVERYTHING, of, seed=1, step=9)
    assert torch.equal(together.inputs["image"][2], alone.inputs["image"][0])
    assert together.inputs["image"].dtype == torch.uint8


@pytest.mark.parametrize("name", ["flip", "crop", "rotate", "zoom", "colour", "erase"])
def test_each_change_differs_by_row_epoch_and_seed_and_by_nothing_else(name):
    augment = Augment(**{name: getattr(EVERYTHING, name)})
    of, rows = schema(), list(range(40))
    first = augmented(batch(rows), augment, of, 1, 0).inputs["image"]
    assert torch.equal(first, augmented(batch(rows), augment, of, 1, 0).inputs["image"])
    assert not torch.equal(first, batch(rows).inputs["image"])
    assert not torch.equal(first, augmented(batch(rows), augment, of, 2, 0).inputs["image"])
    assert not torch.equal(first, augmented(batch(rows, epoch=1), augment, of, 1, 0).inputs["image"])


def test_nothing_asked_is_nothing_done():
    given = batch([1, 2])
    assert torch.equal(augmented(given, Augment(), schema(), 0, 0).inputs["image"], given.inputs["image"])


def test_a_mirror_image_is_exact():
    pixels = batch([1, 2, 3]).inputs["image"]
    made = shifted(pixels, torch.tensor([True, False, True]), torch.zeros(3, 2), 0)
    assert torch.equal(made[0], pixels[0].flip(2))
    assert torch.equal(made[1], pixels[1])
    assert torch.equal(made[2], pixels[2].flip(2))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_shift_moves_rows_and_columns_and_reflects_the_edge(channels):
    pixels = batch([1], channels=channels).inputs["image"]
    made = shifted(pixels, torch.tensor([False]), torch.tensor([[0.999, -1.0]]), 2)  # 2 down, 2 to the left
    wide = torch.nn.functional.pad(pixels.float(), (2, 2, 2, 2), mode="reflect").byte()
    assert torch.equal(made, wide[:, :, 4:20, 0:12])


def test_shifts_reach_both_ends_alike():
    of, rows = schema(1), list(range(3000))
    pixels = torch.arange(16, dtype=torch.uint8)[:, None].expand(16, 12).expand(3000, 1, 16, 12)
    made = augmented(Batch({"image": pixels}, {}, torch.tensor(rows)), Augment(crop=2), of, 0, 0).inputs["image"]
    counts = torch.bincount(made[:, 0, 8, 0].long(), minlength=16)
    assert counts.nonzero().flatten().tolist() == [6, 7, 8, 9, 10]
    assert counts[6:11].min() > 500


def test_turning_by_a_quarter_is_a_quarter_turn():
    pixels = batch([1]).inputs["image"][:, :, :12]
    made = turned(pixels, torch.tensor([90.0]), torch.zeros(1))
    assert torch.equal(made, pixels.rot90(1, (2, 3))) or torch.equal(made, pixels.rot90(-1, (2, 3)))


def test_turning_keeps_shapes_where_a_picture_is_not_square():
    disc = torch.zeros(1, 1, 16, 32, dtype=torch.uint8)
    down, along = torch.meshgrid(torch.arange(16) - 7.5, torch.arange(32) - 15.5, indexing="ij")
    disc[0, 0][down**2 + along**2 < 36] = 255
    made = turned(disc, torch.tensor([45.0]), torch.zeros(1))
    near = down**2 + along**2 < 64  # further out the reflected edge begins
    assert (made.float() - disc)[0, 0][near].abs().mean() < 25  # 70 where the sides are taken for equal


def test_enlarging_enlarges():
    square = torch.zeros(1, 1, 16, 16, dtype=torch.uint8)
    square[:, :, 6:10, 6:10] = 255
    made = turned(square, torch.zeros(1), torch.tensor([0.5]))
    assert_close(made.float().sum() / square.float().sum(), torch.tensor(2.25), rtol=0.15, atol=0)


def test_colour_varies_but_the_mean_over_rows_stays():
    pixels = torch.randint(90, 160, (2000, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    amounts = 0.2 * (2 * torch.rand(2000, 2, generator=torch.Generator().manual_seed(1)) - 1)
    made = coloured(pixels, amounts)
    assert_close(made.float().mean(), pixels.float().mean(), rtol=0.01, atol=0)
    brighter = made.float().mean((1, 2, 3)) > pixels.float().mean((1, 2, 3))
    assert (brighter == (amounts[:, 0] > 0)).float().mean() > 0.98
    livelier = made.float().std((1, 2, 3)) > pixels.float().std((1, 2, 3))
    assert (livelier == (amounts[:, 1] > 0)).float().mean() > 0.9


def test_erasing_lays_one_square_of_the_mean_colour_on_the_chosen():
    pixels = torch.zeros(4, 3, 20, 20, dtype=torch.uint8)
    draws = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.999, 0.999], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]])
    made = erased(pixels, torch.tensor([True, True, True, False]), draws, (0.2, 0.4, 0.6))
    assert made[1, :, 19, 19].tolist() == [51, 102, 153]
    covered = (made[:, 0] > 0).float().mean((1, 2))
    assert_close(covered, torch.tensor([0.0225, 0.25, 0.1225, 0.0]))


@pytest.mark.parametrize("name", ["mixup", "cutmix"])
def test_mixed_labels_are_shares_that_say_how_much_is_whose(name):
    pixels = torch.cat([torch.full((4, 1, 16, 12), v, dtype=torch.uint8) for v in (0, 120, 240)])
    given = Batch({"image": pixels}, {"label": torch.arange(12) // 4}, torch.arange(12))
    lively = 0
    for step in range(20):
        made = augmented(given, Augment(**{name: 1.0}), schema(1), 0, step)
        shares = made.targets["label"]
        assert made.mixed
        assert shares.shape == (12, 3)
        assert_close(shares.sum(1), torch.ones(12))
        brightness = made.inputs["image"].float().mean((1, 2, 3))
        assert_close(brightness, shares @ torch.tensor([0.0, 120.0, 240.0]), rtol=0, atol=0.51)
        lively += bool((shares.max(1).values < 1).any())
    assert lively > 15
    assert not torch.equal(pixels, made.inputs["image"])
    assert torch.equal(pixels[:, 0, 0, 0], torch.tensor([0] * 4 + [120] * 4 + [240] * 4, dtype=torch.uint8))


def test_mixing_is_keyed_by_the_step():
    given, augment = batch(list(range(12))), Augment(mixup=1.0, cutmix=1.0)
    first = augmented(given, augment, schema(), 0, 3).inputs["image"]
    assert torch.equal(first, augmented(given, augment, schema(), 0, 3).inputs["image"])
    assert not torch.equal(first, augmented(given, augment, schema(), 0, 4).inputs["image"])


def test_what_cannot_be_mixed_is_refused_by_name():
    numbers = Schema((Field("price", Number(), "input"), *schema().fields))
    check_augment(Augment(mixup=1.0), numbers)
    with pytest.raises(PlanError, match='cutmix cannot mix the input "price", a Number'):
        check_augment(Augment(cutmix=1.0), numbers)
    answer = Schema((schema().fields[0], Field("price", Number(), "target")))
    with pytest.raises(PlanError, match='the target "price"'):
        check_augment(Augment(mixup=1.0), answer)


@pytest.mark.parametrize(
    ("channels", "side", "labels", "flip"),
    [
        (1, 28, tuple(range(10)), False),
        (1, 8, tuple("0123456789"), False),
        (1, 28, tuple("abcdef"), False),
        (3, 32, ("cat", "dog"), True),
        (3, 32, tuple(range(10)), True),
        (3, 64, ("turn left", "turn right"), False),
        (1, 64, ("pneumonia", "none"), False),
    ],
)
def test_photos_are_mirrored_and_digits_are_not(channels, side, labels, flip):
    made, reasons = choose_augment(schema(channels, side, side, labels), 60_000)
    assert bool(made.flip) == flip
    assert sum("mirror" in reason for reason in reasons) == 1
    assert 1 <= made.crop <= side // 8


def test_small_sides_get_small_shifts_and_few_rows_more_changes():
    shift = [choose_augment(schema(3, s, s), 60_000)[0].crop for s in (4, 8, 32, 64)]
    assert shift == [0, 1, 4, 8]
    few, many = (choose_augment(schema(3, 32, 32), rows)[0] for rows in (1000, 60_000))
    assert few.rotate > many.rotate == 0
    assert few.colour > many.colour == 0


def test_the_user_may_say_what_the_pictures_are():
    assert choose_augment(schema(1, 28, 28), 60_000, natural=True)[0].flip == 0.5
    assert choose_augment(schema(3, 28, 28), 60_000, natural=False)[0].flip == 0


def test_no_picture_is_no_augmentation():
    made, reasons = choose_augment(Schema((Field("x", Number(), "input"), Field("y", Category(), "target"))), 10)
    assert made == Augment()
    assert len(reasons) == 1


def test_pictures_whose_classes_lie_on_either_side_do_not_bear_mirroring():
    rows = np.arange(400)
    codes = rows // 2 % 2  # the halves that are compared, even rows and odd ones, both hold both classes
    pixels = np.zeros((400, 6, 8, 1), np.uint8)
    pixels[codes == 0, :, :4] = 200  # bright on the left
    pixels[codes == 1, :, 4:] = 200  # bright on the right
    assert mirror_kept(pixels, codes) == 0.0
    pixels = np.zeros((400, 6, 8, 1), np.uint8)
    pixels[codes == 0, :3] = 200  # above and below: mirrored, they are the same
    pixels[codes == 1, 3:] = 200
    assert mirror_kept(pixels, codes) == 1.0


def test_what_is_left_of_the_classes_decides_for_grey_pictures():
    of = schema(1, 28, 28, ("0", "1"))
    assert choose_augment(of, 60_000, kept=0.8)[0].flip == 0.5
    assert choose_augment(of, 60_000, kept=0.3)[0].flip == 0.0
    assert choose_augment(of, 60_000)[0].flip == 0.0


def signs(classes: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Dim colour pictures of bars: class 0 to the right, class 1 to the left, others across, at their own heights."""
    draw, codes = np.random.default_rng(0), np.arange(classes * each) % classes
    x = draw.normal(60, 20, (len(codes), 32, 32, 3))
    for picture, code in zip(x, codes, strict=True):
        down, along = draw.integers(-3, 4, 2)
        if code < 2:
            first = (20 if code == 0 else 6) + along
            picture[12 + down : 20 + down, first : first + 6] += 120
        else:
            picture[4 + code + down : 6 + code + down, 10:22] += 120
    return (x * draw.uniform(0.4, 1.4, (len(codes), 1, 1, 1))).clip(0, 255).astype(np.uint8), codes


@pytest.mark.parametrize(("classes", "each"), [(2, 50), (20, 100)])
def test_colour_pictures_are_not_mirrored_where_two_classes_would_trade_places(classes, each):
    pixels, codes = signs(classes, each)
    part = Batch({"image": pixels}, {"label": codes}, torch.from_numpy(codes))
    of = schema(3, 32, 32, tuple(str(33 + c) for c in range(classes)))

    store = SimpleNamespace(part=lambda name: part if name == "train" else pytest.fail("not training rows"))
    kept = Learning(None, None, SimpleNamespace(schema=of, store=store), None)._mirror()
    assert kept == 0.0
    assert choose_augment(of, 400, kept=kept)[0].flip == 0.0


def test_colour_pictures_stay_mirrored_where_class_means_say_nothing_or_that_it_does_no_harm():
    noise = np.random.default_rng(1).integers(0, 256, (400, 32, 32, 3), dtype=np.uint8)
    assert mirror_kept(noise, np.arange(400) % 2) is None
    bars = signs(6, 100)
    both = np.where((np.arange(600) // 6 % 2 == 0)[:, None, None, None], bars[0], bars[0][:, :, ::-1])
    kept = mirror_kept(both, np.maximum(bars[1], 1))  # class 1 points to either side as often
    assert kept is not None
    assert kept > 0.9
    for found in (None, kept):
        assert choose_augment(schema(3, 32, 32), 400, kept=found)[0].flip == 0.5


def test_large_pictures_are_shrunk_alike_on_both_sides():
    codes = np.arange(200) % 2
    pixels = np.zeros((200, 70, 99, 3), np.uint8)
    pixels[codes == 0, :35] = 200
    pixels[codes == 1, 35:] = 200
    assert mirror_kept(pixels, codes) == 1.0
    assert mirror_kept(pixels.swapaxes(1, 2), codes) == 0.0
    assert mirror_kept(pixels, np.full(200, -1)) is None  # no row has a class


def test_a_number_may_be_an_angle_a_size_or_a_light():
    image = schema(3, 64, 64).fields[0]
    made, reasons = choose_augment(Schema((image, Field("angle", Number(), "target"))), 400)
    assert made == Augment(crop=4)
    assert any("a number may be an angle" in reason for reason in reasons)
    asked = choose_augment(schema(3, 64, 64), 400)[0]
    assert min(asked.rotate, asked.zoom, asked.colour) > 0  # a class is none of them


def test_a_number_may_be_the_speed_or_the_loudness_of_a_sound():
    sound = Field("sound", Audio(rate=8000), "input")
    made, reasons = choose_augment(Schema((sound, Field("tempo", Number(), "target"))), 400)
    assert made == Augment(hide=2)
    assert "a number may depend on them" in reasons[0]


def test_labels_speak_of_sides_and_ends_in_words():
    for label in ("turn left", "turn_left", "LeftHand", "right"):
        assert speaks_of(["none", label], SIDES)
    for label in ("arrow up", "facing_down", "TopShelf", "bottom", "upwards"):
        assert speaks_of(["none", label], ENDS)
    assert not speaks_of(["cup", "stop", "laptop", "downy", 7], ENDS)
