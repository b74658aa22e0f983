"""One slot is always whole; damage is named to the tensor, and the checkpoint before it is used."""

from __future__ import annotations

import json
import math
import pickle

import pytest
import torch
from torch.testing import assert_close

from lamina.errors import RunError
from lamina.files import seal
from lamina.run.checkpoint import Checkpoint
from lamina.run.tensors import from_bytes, read_tensors, to_bytes, write_tensors


def tensors(value: float) -> dict[str, torch.Tensor]:
    weight = torch.arange(40).float() + value
    return {
        "net.weight": weight.view(4, 10),
        "net.tied": weight.view(4, 10),
        "net.half": torch.full((3,), value, dtype=torch.bfloat16),
        "step": torch.tensor(value),
        "mask": torch.tensor([True, False]),
        "empty": torch.empty(0, 3),
        "slice": torch.arange(10)[2:5],
        "across": torch.arange(6).view(2, 3).T,
    }


def save(folder, *values: float) -> Checkpoint:
    made = Checkpoint(folder)
    for value in values:
        made.save(tensors(value), {"step": value})
    return made


def flip(path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 16
    path.write_bytes(bytes(data))


def test_the_newest_comes_back_exactly(tmp_path):
    save(tmp_path / "resume", 1.0, 2.0, 3.0)
    saved = Checkpoint(tmp_path / "resume").load()
    assert saved.state == {"step": 3.0}
    assert saved.slot == "a"
    assert saved.warnings == ()
    for name, tensor in tensors(3.0).items():
        assert saved.tensors[name].dtype == tensor.dtype
        assert_close(saved.tensors[name], tensor, rtol=0, atol=0)


def test_no_checkpoint_is_none(tmp_path):
    assert Checkpoint(tmp_path / "resume").load() is None


def test_floats_of_the_state_come_back_to_the_bit(tmp_path):
    state = {
        "best": math.inf,
        "low": -math.inf,
        "f": [0.1 + 0.2, 5e-324, 1.7976931348623157e308],
        "n": 2**62,
        "deep": {"x": None},
    }
    Checkpoint(tmp_path).save({}, {**state, "nan": math.nan})
    read = Checkpoint(tmp_path).load().state
    assert math.isnan(read.pop("nan"))
    assert read == state


def test_equal_tensors_give_equal_bytes():
    made = tensors(1.0)
    assert to_bytes(made) == to_bytes(dict(reversed(list(made.items()))))


def test_one_number_out_of_a_longer_tensor_is_kept_with_its_stride():
    column = torch.arange(5.0).view(1, 5)[:, 2]
    for made in (column, column.clone()):
        assert made.stride() == (5,)
        assert torch.equal(from_bytes(to_bytes({"x": made}), "x")["x"], torch.tensor([2.0]))


@pytest.mark.parametrize("name", ["net.weight", "net.half", "step", "slice"])
def test_a_flipped_bit_names_its_tensor(tmp_path, name):
    made = tensors(1.0)
    data = bytearray(to_bytes(made))
    start = int.from_bytes(data[:8], "little") + 8
    begin, _ = json.loads(data[8:start])[name]["data_offsets"]
    data[start + begin] ^= 1
    with pytest.raises(RunError, match=rf'w.safetensors is damaged: tensor "{name}"'):
        from_bytes(bytes(data), "w.safetensors")


def test_no_flipped_bit_is_read_in_silence():
    data = to_bytes({"a": torch.ones(2), "b": torch.zeros(1, dtype=torch.int32)})
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(RunError, match="damaged"):
            from_bytes(bytes(flipped), "w")


@pytest.mark.parametrize(("was", "becomes"), [(b'"F32"', b'"I32"'), (b"[2,3]", b"[3,2]")])
def test_a_tensor_of_another_type_or_shape_is_not_the_one_written(was, becomes):
    data = to_bytes({"a": torch.ones(2, 3)})
    assert was in data
    with pytest.raises(RunError, match='tensor "a"'):
        from_bytes(data.replace(was, becomes), "w")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "zero bytes"),
        (pickle.dumps({"a": 1}), "pickle"),
        (b"PK\x03\x04....", "lamina import FILE --out"),
        (b"<html>", "web page"),
        (bytes(99), "all zero"),
        (to_bytes({"a": torch.ones(9)})[:-4], " of "),
    ],
)
def test_what_is_no_weights_file_is_said(tmp_path, data, words):
    (tmp_path / "w.safetensors").write_bytes(data)
    with pytest.raises(RunError, match=words):
        read_tensors(tmp_path / "w.safetensors")


def test_a_weights_file_is_written_and_read(tmp_path):
    write_tensors(tmp_path / "w.safetensors", {"a": torch.ones(2, requires_grad=True)})
    assert_close(read_tensors(tmp_path / "w.safetensors")["a"], torch.ones(2))


@pytest.mark.parametrize("file", ["tensors.safetensors", "state.json", "manifest.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "zero", "pickle", "gone"])
def test_a_damaged_slot_is_named_and_the_one_before_is_used(tmp_path, file, harm):
    save(tmp_path / "resume", 1.0, 2.0)
    path = tmp_path / "resume" / "b" / file
    size = path.stat().st_size
    if harm == "flip":
        flip(path, size - 2)
    elif harm == "gone":
        path.unlink()
    else:
        path.write_bytes({"cut": path.read_bytes()[:-3], "zero": bytes(size), "pickle": pickle.dumps([1])}[harm])
    again = Checkpoint(tmp_path / "resume")
    saved = again.load()
    assert saved.state == {"step": 1.0}
    assert saved.slot == "a"
    if (file, harm) == ("manifest.json", "gone"):  # as after a kill: the slot was never finished
        assert saved.warnings == ()
    else:
        assert f"resume/b/{file}" in saved.warnings[0]
        assert "resume/a is used" in saved.warnings[0]
    if file == "tensors.safetensors" and harm == "flip":
        assert 'tensor "' in saved.warnings[0]
    if harm == "pickle":
        assert "lamina import FILE --out" in saved.warnings[0]
    again.save(tensors(5.0), {"step": 5.0})
    assert Checkpoint(tmp_path / "resume").load().state == {"step": 5.0}
    assert again.load().slot == "b"  # the whole slot was not written over


def test_two_damaged_slots_are_both_named(tmp_path):
    save(tmp_path / "resume", 1.0, 2.0)
    for slot in "ab":
        flip(tmp_path / "resume" / slot / "tensors.safetensors", -1)
    with pytest.raises(RunError, match=r"no checkpoint is whole: resume/b[^;]*; resume/a"):
        Checkpoint(tmp_path / "resume").load()


def test_a_slot_that_was_being_written_is_told_from_a_damaged_one(tmp_path, dying):
    made = save(tmp_path / "resume", 1.0, 2.0)
    assert dying(lambda: made.save(tensors(3.0), {"step": 3.0}), 8)
    flip(tmp_path / "resume" / "b" / "state.json", 2)
    with pytest.raises(RunError, match=r"resume/b/state.json is damaged[^;]*; the other slot was never finished"):
        Checkpoint(tmp_path / "resume").load()


def test_a_new_process_saves_after_the_newest(tmp_path):
    save(tmp_path, 1.0, 2.0)
    save(tmp_path, 3.0)
    assert Checkpoint(tmp_path).load().state == {"step": 3.0}
    assert json.loads((tmp_path / "b" / "state.json").read_bytes()) == {"step": 2.0}


def test_a_newer_format_is_not_passed_over(tmp_path):
    save(tmp_path, 1.0, 2.0)
    (tmp_path / "b" / "manifest.json").write_bytes(seal({"format": 2, "number": 2}))
    with pytest.raises(RunError, match="newer than this version"):
        Checkpoint(tmp_path).load()


def test_a_kill_at_any_moment_leaves_the_newest_or_the_one_before(tmp_path, dying):
    for before in (0, 1, 2, 3):
        seen = set()
        for k in range(40):
            folder = tmp_path / f"{before}-{k}"
            made = save(folder, *map(float, range(before)))
            died = dying(lambda made=made, before=before: made.save(tensors(before), {"step": float(before)}), k)
            saved = Checkpoint(folder).load()
            step = saved.state["step"] if saved else -1.0
            assert not saved or (saved.tensors["step"].item() == step and saved.warnings == ())
            assert not list(folder.rglob(".lamina-*"))
            seen.add(step)
            if not died:
                break
        assert not died
        assert seen == {before - 1.0, float(before)}


def test_a_full_disk_keeps_the_last_good_checkpoint(tmp_path, full_disk):
    made = save(tmp_path, 1.0, 2.0)
    with full_disk(), pytest.raises(RunError, match=r"disk is full: .* needs [\d,]+ bytes"):
        made.save(tensors(3.0), {"step": 3.0})
    assert Checkpoint(tmp_path).load().state == {"step": 2.0}
    made.save(tensors(4.0), {"step": 4.0})
    assert Checkpoint(tmp_path).load().state == {"step": 4.0}
