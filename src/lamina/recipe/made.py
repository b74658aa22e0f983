"""What is usual for pictures given back, bounded and made. Figures behind it: docs/tried.md."""

from __future__ import annotations

from ..kinds import Image
from .problem import Usual
from .recipe import HeadSettings, Optimizer, Schedule

# Adam's own rates suit nets that are bent by group norm and spectral norm; beta 1 of nothing is Miyato et al.'s for the
# critic, whose target moves all the time.
DRAWN = Optimizer(name="adam", rate=0.002, decay=0.0, beta2=0.99, clip_norm=1.0)
DUEL = Optimizer(name="adam", rate=0.0005, decay=0.0, momentum=0.0, beta2=0.9)

MADE: tuple[Usual, ...] = (
    Usual(
        "pictures given back",
        (Image,),
        (Image,),
        ("same",),
        "autoencoder",
        DRAWN,
        Schedule(warmup=0.1),
        HeadSettings(drop=0.0),
        views=600_000,
        epochs=(5, 200),
        batch=(16, 128),
    ),
    Usual(
        "pictures as likely",
        (Image,),
        (Image,),
        ("bound",),
        "vae",
        DRAWN,
        Schedule(warmup=0.1),
        HeadSettings(drop=0.0),
        views=3_000_000,
        epochs=(10, 500),
        batch=(16, 128),
    ),
    Usual(
        "pictures made by a game",
        (),
        (Image,),
        ("made",),
        "dcgan",
        DUEL,
        Schedule(name="cosine", warmup=0.02),
        HeadSettings(drop=0.0),
        views=600_000,
        epochs=(5, 500),
        batch=(16, 64),
        games=("gan",),
    ),
    Usual(
        "pictures made by denoising",
        (),
        (Image,),
        ("made",),
        "ddpm_unet",
        DRAWN,
        Schedule(warmup=0.05),
        HeadSettings(drop=0.0),
        views=300_000,
        epochs=(3, 500),
        batch=(16, 64),
        games=("ddpm",),
    ),
)
