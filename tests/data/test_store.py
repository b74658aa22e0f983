"""The store decodes each row once, keeps their order, sets aside what cannot be used, and is whole or not there."""

from __future__ import annotations

import errno
import hashlib
import io
import threading
import time
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image as Pictures

from lamina import teller
from lamina.data import store as stores
from lamina.data.store import build_store, open_store, store_key
from lamina.data.table import Arrays, Files, Table, Values
from lamina.errors import RunError, SourceError
from lamina.findings import Findings
from lamina.kinds import Category, Field, Image, Number, Schema
from lamina.kinds.mask import Mask


def quiet(done: int, total: int) -> None:
    pass


def png(value: int, mode: str = "L", size: int = 6) -> bytes:
    out = io.BytesIO()
    if mode == "I;16":
        Pictures.fromarray(np.full((size, size), value * 200, dtype=np.uint16)).save(out, "PNG")
    else:
        Pictures.new(mode, (size, size), value).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def photos():
    """200 files of one grey each: number 7 is no picture, 9 is empty, 11 and 12 have 16 bits; 20 has no label."""
    data = {f"{i}.png": png(i) for i in range(200)}
    data |= {"7.png": b"<html>", "9.png": b"", "11.png": png(11, "I;16"), "12.png": png(12, "I;16")}
    labels = [None if i == 20 else "ab"[i % 2] for i in range(200)]

    def read(name: str) -> bytes:
        time.sleep(0.001 * (hash(name) % 3))  # chunks come to an end out of order
        return data[name]

    files = Files("photo", list(data), read)
    table = Table({"photo": files, "label": Values("label", pa.chunked_array([labels]))}, "photos", "f1")
    schema = Schema((Field("photo", Image(), "input"), Field("label", Category(), "target")))
    rows = {"train": np.arange(150), "valid": np.arange(199, 149, -1)}
    return table, schema.fit(table.columns, rows["train"]), rows, data


def test_rows_stand_in_their_order_and_bad_ones_are_set_aside(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "FILES_A_CHUNK", 5)
    table, schema, rows, data = photos
    findings, seen = Findings(), []
    made = build_store(tmp_path / "s", table, schema, rows, findings, lambda *at: seen.append(at), workers=4)
    train = made.part("train")
    assert train.rows.tolist() == [i for i in range(150) if i not in (7, 9, 20)]
    assert len(train) == 147
    plain = ~np.isin(train.rows, (11, 12))
    assert (train.inputs["photo"][plain] == train.rows[plain, None, None, None]).all()
    assert train.targets["label"].tolist() == [i % 2 for i in train.rows]
    assert made.part("valid").rows.tolist() == list(range(199, 149, -1))
    assert (made.part("valid").inputs["photo"][:, 0, 0, 0] == np.arange(199, 149, -1)).all()
    asides = {a.where: a for a in findings.asides["train"]}
    assert list(asides) == ["7.png", "9.png", "label, row 20"]
    assert asides["7.png"].sha256 == hashlib.sha256(data["7.png"]).hexdigest()
    assert "failed download" in asides["7.png"].reason
    assert findings.asides.keys() == {"train"}
    assert list(asides.values())[2].reason == "its target is missing"
    assert list(findings.warnings.values()) == ["16-bit depth scaled to 8 bits: 2 pictures"]
    assert [total for _, total in seen] == [200] * len(seen)
    assert seen[-1] == (200, 200)


def test_a_label_never_seen_in_training_is_set_aside_by_name(tmp_path):
    table = Table(
        {"x": Values("x", pa.chunked_array([[1.0, 2.0, 3.0]])), "y": Values("y", pa.chunked_array([list("abc")]))}, "t"
    )
    schema = Schema((Field("x", Number(), "input"), Field("y", Category(), "target")))
    rows = {"train": np.array([0, 1]), "valid": np.array([2, 0])}
    findings = Findings()
    made = build_store(tmp_path, table, schema.fit(table.columns, rows["train"]), rows, findings, quiet)
    assert made.part("valid").rows.tolist() == [0]
    assert findings.asides["valid"][0].reason == "its target 'c' was never seen in training"


@pytest.fixture
def digits():
    pixels = np.random.default_rng(0).integers(0, 256, (20_000, 8, 8), dtype=np.uint8)
    columns = {
        "image": Arrays("image", pixels),
        "age": Values("age", pa.chunked_array([np.arange(20_000.0)])),
        "height": Values("height", pa.chunked_array([np.arange(20_000.0) % 7])),
        "label": Values("label", pa.chunked_array([pixels[:, 0, 0] % 10])),
    }
    table = Table(columns, "digits", "f2")
    fields = (("image", Image(), "input"), ("age", Number(), "input"), ("height", Number(), "input"))
    schema = Schema((*(Field(*f) for f in fields), Field("label", Category(), "target")))
    order = np.random.default_rng(1).permutation(20_000)
    rows = {"train": order[:18_000], "valid": order[18_000:]}
    return table, schema.fit(table.columns, rows["train"]), rows, pixels


def test_arrays_and_numbers_are_stored_by_slot(digits, tmp_path):
    table, schema, rows, pixels = digits
    part = build_store(tmp_path, table, schema, rows, Findings(), quiet).part("train")
    assert part.inputs.keys() == {"image", ":numbers"}
    assert part.inputs["image"].shape == (18_000, 8, 8, 1)
    assert (part.inputs["image"][..., 0] == pixels[rows["train"]]).all()
    assert part.inputs[":numbers"].shape == (18_000, 2)
    assert part.inputs[":numbers"].dtype == np.float32
    np.testing.assert_allclose(part.inputs[":numbers"][:, 0] * 5773.5 + 10_000, rows["train"], rtol=0.05, atol=300)
    assert (part.rows == rows["train"]).all()


def test_what_is_built_is_opened_again_and_known_by_its_key(digits, tmp_path):
    table, schema, rows, _ = digits
    made = build_store(tmp_path, table, schema, rows, Findings(), quiet)
    again = open_store(tmp_path)
    assert again.key == made.key == store_key(table, schema, rows)
    assert again.key != store_key(table, schema, {**rows, "train": rows["train"][::-1]})
    assert (again.part("valid").inputs["image"] == made.part("valid").inputs["image"]).all()
    assert type(again.part("train").inputs["image"]) is np.ndarray


def test_an_empty_part_and_a_part_of_bad_rows_have_no_rows(photos, tmp_path):
    table, schema, _, _ = photos
    rows = {"train": np.array([7, 9]), "valid": np.zeros(0, dtype=np.int64)}
    made = build_store(tmp_path, table, schema, rows, Findings(), quiet)
    assert len(made.part("train")) == len(made.part("valid")) == 0
    assert open_store(tmp_path).part("train").inputs["photo"].shape == (0, 6, 6, 1)


@pytest.mark.parametrize("file", ["store.json", "train-0.npy", "valid-2.npy", "train-rows.npy"])
@pytest.mark.parametrize("harm", ["flip", "cut", "gone"])
def test_a_store_that_is_not_whole_is_no_store(digits, tmp_path, file, harm):
    table, schema, rows, _ = digits
    build_store(tmp_path, table, schema, {"train": rows["train"][:50], "valid": rows["valid"][:9]}, Findings(), quiet)
    assert open_store(tmp_path) is not None
    data = bytearray((tmp_path / file).read_bytes())
    data[-2] ^= 1
    (tmp_path / file).unlink()
    if harm != "gone":
        (tmp_path / file).write_bytes(data if harm == "flip" else data[:-1])
    assert open_store(tmp_path) is None


def test_a_build_that_fails_leaves_no_store(digits, tmp_path):
    table, schema, rows, _ = digits
    rows = {part: numbers[:100] for part, numbers in rows.items()}
    build_store(tmp_path, table, schema, rows, Findings(), quiet)

    def stop(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_store(tmp_path, table, schema, {p: r[::-1] for p, r in rows.items()}, Findings(), stop)
    assert open_store(tmp_path, check=False) is None
    assert build_store(tmp_path, table, schema, rows, Findings(), quiet).key == open_store(tmp_path).key


def test_a_full_disk_is_said_before_and_during(digits, tmp_path, monkeypatch):
    table, schema, rows, _ = digits
    with monkeypatch.context() as patch:
        patch.setattr("lamina.files.shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
        with pytest.raises(RunError, match="1,000 are free"):
            build_store(tmp_path, table, schema, rows, Findings(), pytest.fail)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("lamina.data.store.os.fsync", full)
    with pytest.raises(RunError, match="disk is full"):
        build_store(tmp_path, table, schema, rows, Findings(), quiet)
    assert open_store(tmp_path) is None


def test_memory_is_bounded_by_chunks_not_by_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "CHUNK", 1 << 20)
    wide = np.lib.stride_tricks.as_strided(np.zeros((64, 64), dtype=np.uint8), (12_000, 64, 64), (0, 64, 1))
    columns = {"image": Arrays("image", wide), "label": Values("label", pa.chunked_array([np.arange(12_000) % 2]))}
    table = Table(columns, "t")
    image = Image(height=64, width=64, channels=1)
    schema = Schema((Field("image", image, "input"), Field("label", Category(labels=(0, 1)), "target")))
    tracemalloc.start()
    build_store(tmp_path, table, schema, {"train": np.arange(12_000)}, Findings(), quiet, workers=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 << 20  # the part holds 49 MB


def test_a_value_that_is_no_class_stops_with_the_files(tmp_path):
    def labels(*values):
        out = io.BytesIO()
        Pictures.fromarray(np.resize(np.array(values, np.uint8), (6, 6))).save(out, "PNG")
        return out.getvalue()

    data = {f"{i}.png": labels(0, 1, 2 if i < 150 else 7) for i in range(158)} | {"151.png": b""}
    pictures = Files("photo", list(data), lambda name: labels(5, 6))
    table = Table({"photo": pictures, "mask": Files("mask", list(data), data.__getitem__)}, "photos", "f1")
    schema = Schema((Field("photo", Image(), "input"), Field("mask", Mask(), "target")))
    rows = {"train": np.arange(150), "valid": np.arange(150, 158)}
    findings = Findings()
    build_store(tmp_path / "s", table, schema.fit(table.columns, rows["train"]), rows, findings, quiet)
    assert len(findings.asides["valid"]) == 8
    findings.check_share("valid", 8, 1.0)
    with pytest.raises(
        SourceError, match=r"12 pixels have the value 7, .* in 7 of 8 valid rows; first: 150\.png, 152\.png, "
    ):
        findings.raise_errors()


def test_a_read_that_hangs_is_named(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(teller, "LATE", 0.05)
    table, schema, rows, data = photos
    told, answers = [], threading.Event()

    def read(name: str) -> bytes:
        if name == "70.png":
            assert answers.wait(60)
        return data[name]

    def slow(text: str) -> None:
        told.append(text)
        answers.set()

    files = Files("photo", list(data), read)
    hung = Table({**table.columns, "photo": files}, "photos", "f1")
    made = build_store(tmp_path, hung, schema, rows, Findings(), quiet, workers=2, slow=slow)
    assert len(made.part("valid")) == 50
    assert told == ["waiting for 70.png; does the disk still answer?"]
    assert not files.busy


def test_a_read_that_hangs_holds_no_error_up(photos, tmp_path):
    table, schema, rows, data = photos
    answers = threading.Event()

    def read(name: str) -> bytes:
        if name == "70.png":
            answers.wait(60)
        return data[name]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    hung = Table({**table.columns, "photo": Files("photo", list(data), read)}, "photos", "f1")
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        build_store(tmp_path, hung, schema, rows, Findings(), stop, workers=2)
    assert time.monotonic() - began < 30
    answers.set()
