"""Baselines of what is learned from itself: asked the very question that the net is asked."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import lamina
from lamina.evaluate.baselines import fit_baselines
from lamina.evaluate.baselines.played import TRIES, _best_line
from lamina.evaluate.baselines.words import _asked
from lamina.forms import Batch
from lamina.heads.views import HEAT
from lamina.heads.write import ended
from lamina.kinds import Category, Field, Image, Schema, Text
from lamina.kinds.episode import Episode
from lamina.kinds.text import END, MARKS, MASK, PADDING
from lamina.objectives import Asked, play_for
from lamina.ragged import Ragged
from lamina.recipe import Recipe, build_net
from lamina.rng import Rng
from lamina.teller import Quiet

WORDS = Text(vocab=(*MARKS, *(f"w{i}" for i in range(26))), length=40)
TEXTS = Schema((Field("t", WORDS, "input"), Field("t", WORDS, "target", link="spans")))
T5 = {"name": "t5", "width": 8, "depth": 1, "heads": 2, "hidden": 8}
PICTURE = Image(height=8, width=8, channels=1, mean=(0.5,), std=(0.2,))
VIEWS = Schema((Field("p", PICTURE, "input"), Field("p", PICTURE, "target", link="views")))


def texts(count):
    """Independent random words, in rows of 20 to 40."""
    draw = np.random.default_rng(0)
    rows = [draw.integers(len(MARKS), len(WORDS.vocab), draw.integers(20, 41)) for _ in range(count)]
    return Ragged.of(rows, np.int32)


def rivals(rows, **settings):
    game = play_for("span", Asked(build_net(Recipe(model=T5), TEXTS), TEXTS, settings))
    return game, {b.name: b for b in fit_baselines(TEXTS, {"t": rows}, rows, None, 0, game=game)}


def asked(game, rows):
    """What the game asks of rows that are judged together: the ids in the order of rows."""
    ids = torch.from_numpy(rows.padded(PADDING).astype(np.int64))
    wanted = ended(game.taken(ids, Rng(0, "figures", 0))[1]).numpy()
    return wanted[wanted != PADDING]


@pytest.mark.parametrize("settings", [{}, {"share": 0.4, "long": 1.0}])
def test_what_is_taken_out_of_texts_is_asked_of_the_words_alone_with_its_marks_and_ends(settings):
    rows = texts(500)
    train, test = rows[:400], rows[400:]
    game, found = rivals(train, **settings)
    figures = found["unigram"].answer({"t": test})
    ids = test.padded(PADDING).astype(np.int64)
    batch = Batch({"t": torch.from_numpy(ids)}, {"t": torch.from_numpy(ids)}, torch.arange(100))
    with torch.no_grad():
        net = game.figures(batch, Rng(0, "figures", 0)).numpy()
    np.testing.assert_array_equal(figures[:, 1], net[:, 1])  # as many tokens of each row
    shares = np.bincount(asked(game, test), minlength=len(WORDS.vocab)) / len(asked(game, test))
    least = -(shares[shares > 0] * np.log(shares[shares > 0])).sum()  # of shares that were looked up in the answers
    assert least < figures[:, 0].sum() / figures[:, 1].sum() < least + 0.03
    assert figures[:, 2].sum() == max((asked(game, test) == mark).sum() for mark in (MASK, END))


def test_after_what_is_written_marks_and_ends_are_surer():
    rows = texts(500)
    _, found = rivals(rows[:400])
    nats = {name: np.divide(*b.answer({"t": rows[400:]})[:, :2].sum(0)) for name, b in found.items()}
    assert nats["bigram"] < nats["unigram"] - 0.1


def test_rows_that_are_judged_apart_are_drawn_as_the_net_has_them():
    rows = texts(2 * WORDS.at_once())
    half = rows[: WORDS.at_once()]
    game, found = rivals(rows)
    drawn = _asked(game, half, (0, "figures"), WORDS.at_once())
    assert [x for row in drawn for x in row[1:].tolist()] == asked(game, half).tolist()
    both, alone = (found["unigram"].answer({"t": some}) for some in (rows, half))
    np.testing.assert_array_equal(both[: len(half)], alone)


def test_views_are_compared_at_the_heat_of_the_game():
    pixels = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1)).astype(np.uint8)

    def answer(**settings):
        game = play_for("simclr", Asked(build_net(Recipe(model={"name": "cnn", "width": 4}), VIEWS), VIEWS, settings))
        (found,) = fit_baselines(VIEWS, {"p": pixels}, pixels, None, 0, game=game)
        return found.answer({"p": pixels})

    usual, cold = answer(), answer(heat=0.1)
    np.testing.assert_array_equal(usual, answer(heat=HEAT))
    assert np.abs(cold[:, 0] - usual[:, 0]).min() > 1e-3
    np.testing.assert_array_equal(cold[:, 1:], usual[:, 1:])  # the nearest is nearest at any heat


def test_a_run_scores_its_baseline_at_the_heat_it_was_played_with(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (120, 8, 8)).astype(np.uint8)
    nats = []
    for heat in ("0.5", "0.05"):
        run = lamina.fit(
            {"image": pixels, "label": (np.arange(120) % 2).astype(str)},
            target="label",
            objective="simclr",
            out=tmp_path / heat,
            steps=2,
            settings=("model.width=4", f"game.heat={heat}"),
            teller=Quiet(),
        )
        scores = run.directory.read_json("scores.json")
        nats.append(scores["baseline"]["pixels"][scores["main"]]["value"])
    assert abs(nats[0] - nats[1]) > 0.01


@pytest.mark.parametrize("seed", [7, 2**32, 2**63 - 1])
def test_pictures_have_their_components_whatever_the_seed(seed):
    pixels = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 1)).astype(np.uint8)
    same = Schema((Field("p", PICTURE, "input"), Field("p", PICTURE, "target", link="same")))
    found = fit_baselines(same, {"p": pixels}, pixels, None, seed)
    assert [b.name for b in found] == ["mean picture", "pca"]
    label = Category(labels=("a", "b"), counts=(25, 25))
    made = Schema((Field("c", label, "input"), Field("p", PICTURE, "target", link="made")))
    codes = {":codes": (np.arange(50) % 2).astype(np.int32)[:, None]}
    drawn = {b.name: b.answer(codes) for b in fit_baselines(made, codes, pixels, None, seed)}
    assert {name: x.shape for name, x in drawn.items()} == {
        "one picture a class": (50, 1, 8, 8),
        "normal": (50, 1, 8, 8),
    }


@pytest.mark.parametrize("starts", [1, TRIES, TRIES + 1])
def test_the_best_line_is_found_with_as_few_starts_as_there_are(monkeypatch, starts):
    monkeypatch.setattr("lamina.evaluate.baselines.played.LINES", 5)
    kind = Episode(world="CartPole-v1", width=4, actions=2, longest=500, mean=(0.0,) * 4, std=(1.0,) * 4)
    line, tried = _best_line(kind, list(range(starts)), 0)
    assert line.shape == (5, 2)
    assert tried == 5
