"""What is usual where the answer lies in a picture: masks, boxes, pictures to be restored."""

from __future__ import annotations

from ..kinds import Image
from ..kinds.boxes import Boxes
from ..kinds.mask import Mask
from ..kinds.photo import Photo
from .problem import Usual
from .recipe import HeadSettings, Optimizer, Schedule

SEEN: tuple[Usual, ...] = (
    Usual(
        "a class for every pixel",
        (Image,),
        (Mask,),
        ("aligned",),
        "unet",
        Optimizer(rate=0.003, decay=0.01),
        Schedule(warmup=0.1),
        HeadSettings(drop=0.0),
        views=7_200,
        epochs=(20, 300),
        batch=(8, 32),
    ),
    Usual(
        "things in pictures",
        (Image,),
        (Boxes,),
        ("aligned",),
        "fcos",
        Optimizer(rate=0.002, decay=0.05, clip_norm=5.0),
        Schedule(warmup=0.1),
        HeadSettings(drop=0.0),
        views=20_000,
        epochs=(20, 120),
        batch=(8, 32),
        plan={"stem": 16, "width": 48},
    ),
    Usual(
        "pictures to be restored",
        (Photo,),
        (Photo,),
        ("aligned",),
        "edsr",
        Optimizer(name="adam", rate=0.001, decay=0.0),
        Schedule(warmup=0.05),
        HeadSettings(drop=0.0),
        views=48_000,
        epochs=(20, 600),
        batch=(16, 32),
        average=(0.99, 0.995),
    ),
)
