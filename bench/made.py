"""Small sources of many sorts, made on the spot or shipped with a dependency, and how to train a moment on each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw

SMALL = ("model.width=16", "model.depth=1")
WORDS = ("red", "dog", "cat", "tree", "blue", "small", "old", "runs", "sees", "house", "green", "bird")


@dataclass(frozen=True)
class Task:
    """A source, a path made by `make` or a name that is known, and the words and settings of a short training."""

    says: str
    words: tuple[str, ...]
    source: str = "digits"
    make: Callable[[Path], Path] | None = None
    settings: tuple[str, ...] = ()

    def asked(self, folder: Path) -> list[str]:
        """The words of `lamina fit`, its source made in a folder; saved and judged often, planned without timing."""
        source = str(self.make(folder)) if self.make else self.source
        settings = ("train.save_seconds=0.05", *self.settings)
        words = ["fit", source, *self.words, "--plan", "default"]
        return [*words, *(word for setting in settings for word in ("--set", setting))]


def numbers(folder: Path) -> Path:
    """A table: a number from numbers and a name."""
    draw = np.random.default_rng(0)
    x, names = draw.normal(size=(400, 4)), draw.choice(["north", "south", "east"], 400)
    y = x[:, 0] * x[:, 1] + x[:, 2] + (names == "north") + draw.normal(0, 0.1, 400)
    lines = [f"{a:.4f},{b:.4f},{c:.4f},{d:.4f},{n},{t:.4f}" for (a, b, c, d), n, t in zip(x, names, y, strict=True)]
    return _text(folder / "numbers.csv", ["a,b,c,d,side,price", *lines])


def corpus(folder: Path) -> Path:
    """Running text: sentences of few words."""
    draw = np.random.default_rng(0)
    return _text(folder / "corpus.txt", [f"{' '.join(draw.choice(WORDS, draw.integers(3, 9)))}." for _ in range(600)])


def series(folder: Path) -> Path:
    """Two channels with a daily period, hour by hour."""
    draw, at = np.random.default_rng(0), np.arange(500)
    load = 100 + 20 * np.sin(2 * np.pi * at / 24) + draw.normal(0, 2, 500)
    wind = 3 + np.cos(2 * np.pi * at / 24) + draw.normal(0, 0.1, 500)
    when = [datetime(2024, 3, 1) + timedelta(hours=int(i)) for i in at]
    return _text(
        folder / "town.csv",
        ["when,load,wind", *(f"{w},{a:.3f},{b:.3f}" for w, a, b in zip(when, load, wind, strict=True))],
    )


def shop(folder: Path) -> Path:
    """Sales hour by hour, that a promotion lifts; when there is one is known ahead."""
    draw, at = np.random.default_rng(0), np.arange(500)
    promo = draw.random(500) < 0.3
    sales = 20 + 2 * np.sin(2 * np.pi * at / 24) + 3 * promo + draw.normal(0, 0.5, 500)
    when = [datetime(2024, 3, 1) + timedelta(hours=int(i)) for i in at]
    lines = [f"{w},{s:.3f},{p:d}" for w, s, p in zip(when, sales, promo, strict=True)]
    return _text(folder / "shop.csv", ["when,sales,promo", *lines])


def graph(folder: Path) -> Path:
    """Two groups of nodes with many edges inside and few between."""
    draw, root = np.random.default_rng(0), folder / "club"
    root.mkdir()
    pairs = sorted({(a, b) for a in range(40) for b in range(a) if draw.random() < (0.4 if a % 2 == b % 2 else 0.04)})
    _text(root / "nodes.csv", ["name,group", *(f"n{i},g{i % 2}" for i in range(40))])
    _text(root / "edges.csv", ["source,target", *(f"n{a},n{b}" for a, b in pairs)])
    return root


def translations(folder: Path) -> Path:
    """Texts of few words, and the same words turned round."""
    draw, root = np.random.default_rng(0), folder / "toy-en-de"
    root.mkdir()
    for part, count in (("train", 200), ("val", 30), ("test", 30)):
        rows = [list(draw.choice(WORDS, draw.integers(2, 5))) for _ in range(count)]
        _text(root / f"{part}.en", [" ".join(row) + "." for row in rows])
        _text(root / f"{part}.de", [" ".join(word[::-1] for word in row[::-1]) + "." for row in rows])
    return root


def cells(folder: Path) -> Path:
    """Dark pictures with a bright disc each, and its mask."""
    draw, root = np.random.default_rng(0), folder / "cells"
    for i in range(40):
        x, y, r = (int(v) for v in (draw.integers(8, 24), draw.integers(8, 24), draw.integers(4, 8)))
        for name, colour in (("images", 220), ("masks", 255)):
            picture = Pictures.new("L", (32, 32), 30 if name == "images" else 0)
            ImageDraw.Draw(picture).ellipse((x - r, y - r, x + r, y + r), fill=colour)
            (root / name).mkdir(parents=True, exist_ok=True)
            picture.save(root / name / f"{i:02d}.png")
    return root


def _text(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


TASKS = {
    "digits": Task("classes of pictures", ("--epochs", "4")),
    "numbers": Task("a number from a table", ("--epochs", "12"), make=numbers),
    "corpus": Task(
        "running text", ("--steps", "40", "--target", "none"), make=corpus, settings=(*SMALL, "data.length=32")
    ),
    "series": Task("a forecast", ("--steps", "60", "--horizon", "12"), make=series),
    "known": Task(
        "a forecast with what is known ahead", ("--steps", "60", "--horizon", "12", "--known", "promo"), make=shop
    ),
    "graph": Task("nodes of a graph", ("--steps", "60", "--target", "group"), make=graph),
    "written": Task(
        "texts from texts", ("--steps", "30"), make=translations, settings=(*SMALL, "model.hidden=32", "model.heads=2")
    ),
    "cells": Task("masks of pictures", ("--steps", "12"), make=cells),
    "vae": Task("pictures bounded (VAE)", ("--steps", "60", "--objective", "vae")),
    "gan": Task(
        "pictures made (GAN)", ("--steps", "30", "--objective", "gan"), settings=("model.width=4", "game.critic=4")
    ),
    "ddpm": Task(
        "pictures made (DDPM)",
        ("--steps", "30", "--objective", "ddpm"),
        settings=("model.width=8", "model.depth=1", "game.steps=3"),
    ),
    "ppo": Task("a world (PPO)", ("--steps", "6"), "gym:CartPole-v1"),
    "dqn": Task("a world (DQN)", ("--steps", "60", "--objective", "dqn"), "gym:CartPole-v1"),
}
