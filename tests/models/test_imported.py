"""Checkpoints of other libraries as plain files: what is taken, said and refused, and that nothing runs."""

import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from lamina.errors import SettingError, SourceError
from lamina.models.resnet import ResNet, ResNetPlan
from lamina.run.tensors import damage
from lamina.weights import import_weights, read_backbone

WEIGHTS = {"conv1.weight": torch.arange(6.0).reshape(2, 3), "steps": torch.tensor(7)}


@pytest.fixture
def brought(tmp_path):
    """`brought(object)`: save it as torch does, import it, and what was said and written."""

    def bring(held, key="", name="w.pt", **how):
        torch.save(held, tmp_path / name, **how)
        made = import_weights(str(tmp_path / name), str(tmp_path / "w.safetensors"), key)
        return made, load_file(made.out)

    return bring


def refused(path, match, error=SourceError, key=""):
    """Importing a file stops in the user's words, and leaves nothing behind."""
    before = sorted(os.listdir(path.parent))
    with pytest.raises(error, match=match) as caught:
        import_weights(str(path), str(path.parent / "out.safetensors"), key)
    assert sorted(os.listdir(path.parent)) == before
    return str(caught.value)


# --- what is taken ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "bare pickle"])
def test_the_tensors_are_those_of_the_checkpoint(brought, zipped):
    made, written = brought(OrderedDict(WEIGHTS), _use_new_zipfile_serialization=zipped)
    assert set(written) == set(WEIGHTS)
    assert all(torch.equal(written[name], x) and written[name].dtype == x.dtype for name, x in WEIGHTS.items())
    assert (len(made.taken.tensors), made.numbers, made.taken.key) == (2, 7, ".")
    assert damage(Path(made.out).read_bytes()) == ""  # every tensor with its hash


def test_a_zip_that_was_packed_again_is_read_as_it_was(tmp_path):
    torch.save(WEIGHTS, tmp_path / "a.pt")
    with (
        zipfile.ZipFile(tmp_path / "a.pt") as old,
        zipfile.ZipFile(tmp_path / "b.pt", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
    import_weights(str(tmp_path / "b.pt"), str(tmp_path / "b.safetensors"))
    assert torch.equal(load_file(tmp_path / "b.safetensors")["conv1.weight"], WEIGHTS["conv1.weight"])


def test_what_is_no_weight_is_said_and_left_out(brought):
    net = nn.Linear(3, 2)
    descent = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 3)).sum().backward()
    descent.step()
    held = {"epoch": 3, "arch": "linear", "state_dict": net.state_dict(), "optimizer": descent.state_dict()}
    made, written = brought({**held, "args": {"lr": 0.1, "seed": 1}, "best": torch.tensor(0.9), "none": None})
    assert set(written) == {"weight", "bias"}
    assert made.taken.key == "state_dict"
    assert set(made.taken.left) == {
        "epoch (a number)", "arch (a text)", "optimizer (state of an optimiser)", "args (2 entries)",
        "best (one number)", "none (nothing)",
    }  # fmt: skip
    said = dict(made.lines())
    assert "its key state_dict" in said["read"]
    assert "optimizer (state of an optimiser)" in said["left out"]


def test_a_wrappers_prefix_comes_off_all_names_or_none(brought):
    made, written = brought({f"module._orig_mod.{name}": x for name, x in WEIGHTS.items()})
    assert set(written) == set(WEIGHTS)
    assert made.taken.wrappers == ("module.", "_orig_mod.")
    assert [text[:20] for what, text in made.lines() if what == "names"] == [
        '"module." taken off ',
        '"_orig_mod." taken o',
    ]


def test_a_name_that_only_some_have_before_them_stays(brought):
    _, written = brought({"module.a": torch.ones(2), "b": torch.ones(2)})
    assert set(written) == {"module.a", "b"}


def test_tied_weights_are_written_under_each_name_and_said(brought):
    table = torch.randn(4, 3)
    made, written = brought({"embed": table, "out": table, "part": table[:2], "turned": table.T})
    assert torch.equal(written["embed"], written["out"])
    assert torch.equal(written["turned"], table.T)
    assert torch.equal(written["part"], table[:2])
    assert made.taken.shared == (("embed", "out"),)
    assert "embed = out" in dict(made.lines())["shared"]


def test_of_several_the_user_chooses(brought, tmp_path):
    held = {"state_dict": {"w": torch.zeros(2)}, "ema": {"inner": {"w": torch.ones(2)}, "decay": 0.9}}
    torch.save(held, tmp_path / "two.pt")
    said = refused(tmp_path / "two.pt", "several keys", SettingError)
    assert "state_dict (1 tensor, 2 numbers) or ema.inner (1 tensor, 2 numbers)" in said
    assert "--key state_dict" in said
    assert "ema.inner" in refused(tmp_path / "two.pt", 'no tensors under "emma"', SettingError, key="emma")
    made, written = brought(held, key="ema.inner")
    assert written["w"].tolist() == [1, 1]
    assert made.taken.left == ("state_dict (1 tensor, 2 numbers)", "ema.decay (a number)")


def test_tensors_that_no_plain_file_holds_are_left_out_and_said(brought):
    held = {"w": torch.ones(2), "sparse": torch.eye(2).to_sparse(), "odd": torch.ones(2, dtype=torch.complex64)}
    made, written = brought({**held, "bare": torch.ones(2, device="meta"), "half": torch.ones(2).bfloat16()})
    assert set(written) == {"w", "half"}
    assert set(made.taken.left) == {
        "sparse (a sparse or nested tensor)", "odd (a tensor of complex64)", "bare (a tensor without numbers)",
    }  # fmt: skip


def test_a_dictionary_that_holds_itself_is_looked_into_once(brought):
    held = {"net": {"w": torch.ones(2)}}
    held["self"], held["again"] = held, held["net"]
    made, _ = brought(held)
    assert made.taken.key == "net"
    assert set(made.taken.left) == {"self (the same as .)", "again (the same as net)"}


# --- what is refused --------------------------------------------------------------------------------------------------


class Runs:
    """A pickle of this makes a file where it is loaded by a reader that runs what it reads."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return os.system, (f"touch {self.place}",)


@pytest.mark.parametrize("how", ["zip", "bare", "beside tensors", "protocol 4", "protocol 0"])
def test_what_a_file_would_run_is_named_and_not_run(tmp_path, how):
    path, place = tmp_path / "bad.pt", tmp_path / "made"
    if how.startswith("protocol"):
        path.write_bytes(pickle.dumps({"w": Runs(place)}, protocol=int(how[-1])))
    else:
        held = {"w": torch.ones(2), "x": Runs(place)} if how == "beside tensors" else Runs(place)
        torch.save(held, path, _use_new_zipfile_serialization=how != "bare")
    said = refused(path, r"asks for os\.system .*it was not run")
    assert "model.state_dict()" in said
    assert not place.exists()
    pickle.loads(pickle.dumps(Runs(place)))
    assert place.exists()  # and the test can fail


def test_a_whole_model_is_named_by_its_class(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "net.pt")
    refused(tmp_path / "net.pt", r"asks for torch\.nn\.modules\.linear\.Linear")
    torch.save({"w": torch.ones(2), "best": np.float64(1)}, tmp_path / "best.pt")
    refused(tmp_path / "best.pt", r"asks for numpy\.\w+\.multiarray\.scalar")


def damaged(path, change):
    torch.save(WEIGHTS, path)
    path.write_bytes(change(path.read_bytes()))
    return path


NONE = {
    "empty": (lambda data: b"", "is empty"),
    "a web page": (lambda data: b"\n<!DOCTYPE html><html>404</html>", "web page"),
    "a pointer": (lambda data: b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS"),
    "cut": (lambda data: data[: len(data) // 2], "cut short or damaged"),
    "cut at the end": (lambda data: data[:-30], "cut short or damaged"),
    "one bit": (lambda data: data.replace(b"\x80?", b"\x81?", 1), "the checksum of .*/data/0 does not fit"),
    "something else": (lambda data: b"hello, I am a text\n" * 9, "no checkpoint of torch"),
    "half a bare pickle": (lambda data: b"\x80\x02}q\x00", "no checkpoint of torch"),
    "safetensors": (lambda data: (2).to_bytes(8, "little") + b"{}", "looks like a safetensors file"),
}


@pytest.mark.parametrize("how", NONE)
def test_what_is_no_checkpoint_is_told(tmp_path, how):
    change, match = NONE[how]
    assert str(tmp_path / "w.pt") in refused(damaged(tmp_path / "w.pt", change), match)


def test_a_bare_pickle_that_is_cut_is_refused(tmp_path):
    torch.save(WEIGHTS, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    data = (tmp_path / "old.pt").read_bytes()
    (tmp_path / "old.pt").write_bytes(data[:-8])
    refused(tmp_path / "old.pt", "cut short, damaged")


def test_a_file_that_is_not_there_is_named(tmp_path):
    refused(tmp_path / "no.pt", r"cannot read .*no\.pt")


def test_a_zip_of_something_else_is_told(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones(2))
    refused(tmp_path / "a.npz", r"no checkpoint: it holds x\.npy")
    with zipfile.ZipFile(tmp_path / "script.pt", "w") as file:
        file.writestr("script/constants.pkl", b"")
    refused(tmp_path / "script.pt", "program of TorchScript")


def test_a_zip_bomb_is_refused_before_it_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.pt", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("bomb/data.pkl", b"")
        file.writestr("bomb/data/0", bytes(80 << 20))
    assert (tmp_path / "bomb.pt").stat().st_size < 100_000
    refused(tmp_path / "bomb.pt", "unpacks to 83,886,080 bytes in 2 entries, and was not read")


def test_tensors_that_claim_more_than_the_file_holds_are_refused(tmp_path):
    torch.save({"w": torch.ones(1).expand(1 << 20, 1 << 12)}, tmp_path / "wide.pt")
    refused(tmp_path / "wide.pt", "holds .* bytes, and its tensors come to 17,179,869,184")


@pytest.mark.parametrize(
    "pickled",
    [
        lambda data: data.replace(b"K\x00K\x03\x85", b"K\x00J\x00\x04\x00\x00\x85"),  # of three numbers 1,024
        lambda data: b"\x80\x02}X\x01\x00\x00\x00wctorch\nFloatTensor\nJ\x00\x04\x00\x00\x85Rs.",  # of none
    ],
    ids=["of a few bytes", "of none"],
)
def test_a_tensor_longer_than_its_own_bytes_is_refused(tmp_path, pickled):
    torch.save({"w": torch.ones(3)}, tmp_path / "a.pt")
    with zipfile.ZipFile(tmp_path / "a.pt") as old, zipfile.ZipFile(tmp_path / "b.pt", "w") as new:
        for name in old.namelist():
            new.writestr(name, pickled(old.read(name)) if name.endswith("data.pkl") else old.read(name))
    refused(tmp_path / "b.pt", 'not resizable|"w" claims more than that')


@pytest.mark.parametrize(
    "held",
    [{}, {"epoch": 1}, {"loss": torch.tensor(1.0)}, [torch.ones(2)], torch.ones(2), "text"],
    ids=["nothing", "a number", "one number", "a list", "a tensor", "a text"],
)
def test_what_holds_no_named_tensors_is_told(tmp_path, held):
    torch.save(held, tmp_path / "w.pt")
    refused(tmp_path / "w.pt", "holds no tensors with names")


def test_numbers_that_are_not_finite_are_named_and_refused(tmp_path):
    torch.save({"a": torch.ones(2), "b": torch.tensor([1.0, float("nan")]), "c": torch.tensor([3])}, tmp_path / "w.pt")
    refused(tmp_path / "w.pt", "not finite in b")


@pytest.mark.parametrize("name", ["__metadata__", "half \ud800 a pair"])
def test_a_name_that_no_file_can_hold_is_refused(tmp_path, name):
    torch.save({name: torch.ones(2)}, tmp_path / "w.pt", pickle_protocol=2)
    refused(tmp_path / "w.pt", "a tensor named|no checkpoint of torch")


def test_nothing_is_written_over_or_elsewhere(tmp_path):
    torch.save(WEIGHTS, tmp_path / "w.pt")
    (tmp_path / "here.safetensors").write_text("mine")
    for out, match in (
        ("here.safetensors", "exists, and nothing is overwritten"),
        ("w.bin", "does not end in .safetensors"),
        ("no/w.safetensors", "mkdir -p"),
    ):
        with pytest.raises(SettingError, match=match):
            import_weights(str(tmp_path / "w.pt"), str(tmp_path / out))
    assert (tmp_path / "here.safetensors").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["here.safetensors", "w.pt"]


# --- all the way ------------------------------------------------------------------------------------------------------


def test_our_page_answers_as_the_net_it_was_imported_from(tmp_path):
    page = ResNet(ResNetPlan(width=2), 3, 64, 64).eval()
    held = {f"module.{name}": x for name, x in page.state_dict().items()} | {"module.fc.weight": torch.ones(5, 16)}
    torch.save({"model": held, "epoch": 90}, tmp_path / "resnet.pth")
    made = import_weights(str(tmp_path / "resnet.pth"), str(tmp_path / "w.safetensors"))
    assert made.model == "resnet18"
    assert made.next == f"lamina fit PHOTOS --model resnet18 --weights {tmp_path / 'w.safetensors'}"
    other = ResNet(ResNetPlan(width=2), 3, 64, 64).eval()
    read_backbone(tmp_path / "w.safetensors", other)
    x = torch.randn(2, 3, 64, 64)
    assert torch.equal(other(x).x, page(x).x)
