"""Published sets whose answers lie in pictures: read, typed and parted without a flag that is not needed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from lamina.data.sources import ReadOptions, join, open_source
from lamina.evaluate.baselines.dense import otsu
from lamina.findings import Findings
from lamina.kinds import Image
from lamina.kinds.boxes import Boxes
from lamina.kinds.mask import Mask
from lamina.kinds.photo import Photo, shared, unpacked
from lamina.layers.resample import resized
from lamina.metrics.masks import figures
from lamina.metrics.photos import figures as pictures
from lamina.ragged import Ragged

DATA = Path(os.environ.get("LAMINA_DATA", Path(__file__).parents[3] / "shared" / "data"))
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the published data sets are not here; LAMINA_DATA names them"
)


def opened(source, **options):
    findings = Findings()
    table = open_source(DATA / source, ReadOptions(**options), findings)
    findings.raise_errors()
    return table, findings


def rows(table, part):
    return np.flatnonzero(table.parts == part)


def test_nuclei_are_numbered_and_become_the_foreground():
    table, _ = opened("nuclei")
    assert (len(table), table.target, table.inputs) == (120, "mask", ("image",))
    assert [len(rows(table, part)) for part in ("train", "test")] == [90, 30]
    kind = Mask().fit(table.columns["mask"], rows(table, "train"))
    assert kind.foreground
    assert (kind.height, kind.width) == (256, 256)
    assert 0.05 < kind.shares[1] < 0.3


def test_a_threshold_reaches_on_nuclei_what_is_published_for_it():
    table, _ = opened("nuclei")
    test = rows(table, "test")
    kind = Mask().fit(table.columns["mask"], rows(table, "train"))
    image = Image().fit(table.columns["image"], rows(table, "train"))
    truth = kind.encode(table.columns["mask"].take(test)).array
    said = otsu(image.encode(table.columns["image"].take(test)).array)
    assert figures(kind, truth, said)[:, 0].mean() == pytest.approx(0.867, abs=0.005)


def test_blood_cells_have_the_counts_that_are_published():
    table, findings = opened("bccd")
    assert [len(rows(table, part)) for part in ("train", "valid", "test")] == [205, 87, 72]
    assert table.facts["boxes"] == 4886
    assert "2 of no width or height" in findings.warnings["boxes"]
    kind = Boxes(most=288).fit(table.columns["boxes"], rows(table, "train"))
    assert kind.labels == ("Platelets", "RBC", "WBC")
    assert (kind.height, kind.width) == (216, 288)


def test_bicubic_from_a_third_of_the_side_is_as_published():
    train, _ = opened("sr/T91", shrink=3)
    test, _ = opened("sr/Set5", shrink=3)
    table = join(train, test, "test", "", Findings())
    some = rows(table, "test")
    kinds = {name: kind.fit(table.columns[name], rows(table, "train")) for name, kind in table.kinds.items()}
    small, large = (kinds[name].encode(table.columns[name].take(some)).array for name in ("small", "image"))
    kind = kinds["image"]
    assert isinstance(kind, Photo)
    made = []
    for row in small:
        x = torch.from_numpy(unpacked(row, 3).astype(np.float32)).permute(2, 0, 1)[None]
        made.append(shared(resized(x, 3 * x.shape[2], 3 * x.shape[3])[0].permute(1, 2, 0).clamp(0, 255).numpy()))
    found = pictures(kind, kind.in_units(large), Ragged.of(made)).mean(0)
    assert found[0] == pytest.approx(30.39, abs=0.03)  # SelfExSR: 30.39 dB and 0.8678
    assert found[1] == pytest.approx(0.868, abs=0.003)
