"""Clothes given back from 32 numbers, beside as many principal components; and bags told apart that were never seen."""

from __future__ import annotations

from collections.abc import Iterator

from bench.each.row import DATA, Bench, Line, Row, over_seeds

BAG = "label=8"


def measure(bench: Bench) -> Iterator[Line]:
    """An autoencoder, a denoising one, and one that never saw a bag."""
    words = [str(DATA / "fashion-mnist"), "--minutes", bench.minutes(4)]
    plain = bench.fit(*words, "--objective", "autoencode")
    pca = float(plain.scores["baseline"]["pca"]["mse"]["value"])
    yield over_seeds("given back from 32 numbers", "mse", [plain], pca, higher=False)
    yield over_seeds("given back from 32 numbers", "psnr", [plain])
    noisy = bench.fit(*words, "--objective", "denoise")
    yield over_seeds("learned from noisy ones", "mse", [noisy], pca, higher=False)
    strange = bench.fit(*words, "--objective", "denoise", "--unseen", BAG)
    yield over_seeds("bags, which training never saw", "unseen_auc", [strange])


ROW = Row("autoencode", "Image → itself", "fashion-mnist", 4, measure, ("fashion-mnist",))
