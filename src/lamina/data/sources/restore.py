"""Pictures with smaller copies of them, from which they are to be made again."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image as Pictures

from ...errors import SourceError
from ...findings import printable
from ...kinds import Unreadable
from ...kinds.depth import GREY, plain
from ...kinds.image import PictureError, open_picture, upright
from ...kinds.photo import Photo
from ...layers.resample import shrunk
from ..table import Files, Table

SMALL = "small"


@dataclass(frozen=True)
class Shrunk:
    """Reads a picture made so many times smaller by cubic interpolation, as a PNG file; see `layers/resample.py`."""

    read: Callable[[str], bytes]
    times: int

    def __call__(self, name: str) -> bytes:
        data = self.read(name)
        try:
            with open_picture(data) as opened:
                picture = upright(opened, [])
                picture = plain(picture, 1 if picture.mode in GREY else 3, [])
        except PictureError as error:
            return Unreadable(str(error))
        pixels = torch.from_numpy(np.array(picture).reshape(picture.height, picture.width, -1)).permute(2, 0, 1)
        high, wide = (side // self.times * self.times for side in pixels.shape[1:])
        if not high or not wide:
            return Unreadable(f"{picture.width} × {picture.height} pixels, too small to be made {self.times} times")
        small = shrunk(pixels[:, :high, :wide], self.times).permute(1, 2, 0).numpy()
        out = io.BytesIO()
        Pictures.fromarray(small[..., 0] if small.shape[2] == 1 else small).save(out, "PNG", compress_level=1)
        return out.getvalue()


def restorable(table: Table, times: int) -> Table:
    """A table of pictures as one of `small`, each picture a number of times smaller, and `image`, as it is.

    Raises SourceError where there is no column of pictures, or more than one.
    """
    pictures = [name for name, column in table.columns.items() if isinstance(column, Files)]
    if len(pictures) != 1:
        raise SourceError(
            f"{printable(table.name)} has {len(pictures)} columns of pictures; one can be made smaller and restored",
            expected="a folder of pictures",
            fix="leave out --set data.shrink",
        )
    column = table.columns[pictures[0]]
    assert isinstance(column, Files)
    return replace(
        table,
        columns={SMALL: Files(SMALL, column.names, Shrunk(column.read, times)), column.name: column},
        target=column.name,
        inputs=(SMALL,),
        kinds={SMALL: Photo(), column.name: Photo(times=times)},
        facts={**table.facts, "restored": f"from pictures {times} times smaller"},
    )
