"""Pictures with smaller copies of themselves."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pictures

from lamina.data.sources import ReadOptions, join, open_source
from lamina.data.table import Files
from lamina.errors import SourceError
from lamina.findings import Findings
from lamina.kinds.photo import Photo


def folder(root, count=3):
    draw = np.random.default_rng(0)
    for i in range(count):
        pixels = draw.integers(0, 256, (20 + i, 26, 3), dtype=np.uint8)
        root.mkdir(exist_ok=True)
        Pictures.fromarray(pixels).save(root / f"{i}.png")
    return root


def test_every_picture_has_a_smaller_one(tmp_path):
    table = open_source(folder(tmp_path / "p"), ReadOptions(shrink=3))
    assert (table.target, table.inputs) == ("image", ("small",))
    assert table.kinds == {"small": Photo(), "image": Photo(times=3)}
    small, large = (table.columns[name].take(np.array([1]))[0] for name in ("small", "image"))
    assert Pictures.open(io.BytesIO(large)).size == (26, 21)
    assert Pictures.open(io.BytesIO(small)).size == (8, 7)


def test_the_small_one_is_of_the_part_that_is_answered(tmp_path):
    """A picture whose sides are no multiples is cut before it is made smaller, and the answer is cut alike."""
    table = open_source(folder(tmp_path / "p"), ReadOptions(shrink=3))
    kinds = {name: kind.fit(table.columns[name], np.arange(3)) for name, kind in table.kinds.items()}
    rows = {name: kind.encode(table.columns[name].take(np.arange(3))).array for name, kind in kinds.items()}
    small, large = (kinds[name].collate(rows[name]).each for name in ("small", "image"))
    assert all(x.shape[1] * 3 == y.shape[1] and x.shape[2] * 3 == y.shape[2] for x, y in zip(small, large, strict=True))


def test_a_part_of_its_own_is_made_smaller_as_well(tmp_path):
    options = ReadOptions(shrink=2)
    one, other = (open_source(folder(tmp_path / name), options) for name in "ab")
    table = join(one, other, "test", "", Findings())
    assert table.parts.tolist() == ["train"] * 3 + ["test"] * 3
    assert Pictures.open(io.BytesIO(table.columns["small"].take(np.array([3]))[0])).size == (13, 10)


def test_what_cannot_be_made_smaller_keeps_its_reason(tmp_path):
    root = folder(tmp_path / "p")
    (root / "broken.png").write_bytes(b"<html>not found</html>")
    table = open_source(root, ReadOptions(shrink=3))
    column = table.columns["small"]
    assert isinstance(column, Files)
    place = next(i for i, name in enumerate(column.names) if "broken" in name)
    kind = Photo().fit(column, np.setdiff1d(np.arange(4), [place]))
    assert kind.encode(column.take(np.arange(4))).bad == {place: "text/html, a failed download?"}


def test_a_table_without_pictures_cannot_be_restored(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(SourceError, match="0 columns of pictures"):
        open_source(tmp_path / "t.csv", ReadOptions(shrink=3))
