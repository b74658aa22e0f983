from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.data.hashes import row_hashes
from lamina.data.schema import make_schema
from lamina.data.split import Split, SplitOptions, split
from lamina.data.table import Arrays, Files, Table, Values
from lamina.errors import SourceError, SplitError
from lamina.findings import Findings
from lamina.kinds import Category, Schema, base


def table_of(parts=None, **columns):
    made = {name: Values(name, pa.chunked_array([pa.array(v)]), "t.csv", 2) for name, v in columns.items()}
    return Table(made, "t.csv", parts=None if parts is None else np.array(parts), target="y")


def schema_of(table):
    return make_schema(table, None, (), {}, Findings())


def parted(table, options=SplitOptions(), seed=0, findings=None):  # noqa: B008
    return split(table, schema_of(table), seed, options, findings if findings is not None else Findings())


def classes(n, ways=3):
    rng = np.random.default_rng(0)
    return table_of(a=rng.normal(size=n), b=rng.normal(size=n), y=[f"c{i % ways}" for i in range(n)])


def test_every_row_is_in_one_part_and_the_seed_decides_which():
    table = classes(300)
    first, again, other = parted(table), parted(table), parted(table, seed=1)
    assert sorted(np.concatenate(list(first.parts().values()))) == list(range(300))
    assert all((first.parts()[p] == again.parts()[p]).all() for p in first.parts())
    assert first.locked == again.locked != other.locked
    assert "seed 0" in first.how


def test_shares_are_those_asked_for_within_each_class():
    cut = parted(classes(3000), SplitOptions(valid=0.2, test=0.3))
    for part, share in (("valid", 0.2), ("test", 0.3)):
        counts = np.bincount(cut.parts()[part] % 3)
        assert counts.tolist() == [share * 1000] * 3


def test_every_class_of_three_rows_is_in_every_part():
    table = table_of(a=np.arange(60.0), y=[f"c{i % 20}" for i in range(60)])
    cut = parted(table)
    for rows in cut.parts().values():
        assert set(rows % 20) == set(range(20))


def test_a_class_of_one_row_trains_and_is_said():
    table = table_of(a=np.arange(41.0), y=["u"] * 20 + ["v"] * 20 + ["lone"])
    findings = Findings()
    assert 40 in parted(table, findings=findings).train
    assert '"lone"' in findings.warnings["class of one"]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 4))
def test_equal_rows_are_never_cut_apart(seed, copies):
    values = np.arange(120) // copies
    cut = parted(table_of(a=values * 1.5, y=[f"c{v % 2}" for v in values]), seed=seed)
    owner = np.empty(120, dtype=object)
    for part, rows in cut.parts().items():
        owner[rows] = part
    assert all(len(set(owner[values == v])) == 1 for v in set(values))


def test_rows_of_equal_inputs_stay_together_whatever_their_answers_are():
    cut = parted(table_of(a=np.arange(400) // 2 * 1.5, y=["u", "v"] * 200))
    for rows in cut.parts().values():
        assert len(rows) == 2 * len(set(rows // 2))


def test_a_row_repeated_too_often_to_be_kept_together_is_said():
    findings = Findings()
    cut = parted(table_of(a=[1.0] * 60 + list(np.arange(40.0) + 2), y=["u", "v"] * 50), findings=findings)
    assert "60 rows have the inputs of 1, so many" in findings.warnings["rows repeat"]
    assert [abs(len(rows) - n) <= 1 for rows, n in zip(cut.parts().values(), (75, 10, 15), strict=True)] == [True] * 3


def test_equal_pictures_are_kept_on_one_side():
    data = [bytes([i // 2]) * 9 for i in range(80)]
    files = Files("image", [str(i) for i in range(80)], lambda name: data[int(name)])
    table = Table({"image": files, **table_of(y=[f"c{i // 40}" for i in range(80)]).columns}, "p", target="y")
    cut = parted(table)
    for rows in cut.parts().values():
        assert len(rows) == 2 * len(set(rows // 2))


def test_no_group_is_in_two_parts():
    table = table_of(
        a=np.random.default_rng(0).normal(size=200), g=[f"g{i % 25}" for i in range(200)], y=["u", "v"] * 100
    )
    cut = parted(table, SplitOptions(group="g"))
    groups = [set(rows % 25) for rows in cut.parts().values()]
    assert not groups[0] & groups[1] | groups[0] & groups[2] | groups[1] & groups[2]
    assert min(map(len, groups)) >= 2


@pytest.mark.parametrize("seed", range(4))
def test_a_group_that_is_most_of_the_rows_trains(seed):
    found = Findings()
    groups = np.repeat(list("abcde"), [480, 30, 30, 30, 30])
    table = table_of(a=np.random.default_rng(0).normal(size=600), g=groups, y=["u", "v"] * 300)
    cut = parted(table, SplitOptions(group="g"), seed, found)
    assert [len(rows) for rows in cut.parts().values()] == [480, 30, 90]
    assert not found.warnings


def test_groups_that_make_a_part_far_too_large_and_rows_without_one_are_told():
    found = Findings()
    groups = [None] * 300 + ["a"] * 60 + ["b"] * 25 + ["c"] * 15
    table = table_of(a=np.random.default_rng(0).normal(size=400), g=groups, y=["u", "v"] * 200)
    cut = parted(table, SplitOptions(group="g"), findings=found)
    assert len(cut.train) >= 300
    assert found.warnings["no group"] == '300 rows have no "g"; they stay together, as one group'
    assert "test 4%, not 15% of the rows" in found.warnings["uneven groups"]


def test_two_groups_for_three_parts_are_refused_with_the_count():
    table = table_of(a=np.arange(20.0), g=["m", "f"] * 10, y=["u", "v"] * 10)
    with pytest.raises(SplitError, match='"g" has 2 groups in 20 rows, for 3 parts'):
        parted(table, SplitOptions(group="g"))


def test_the_newest_rows_test_and_one_moment_is_not_cut():
    moments = np.repeat(np.arange(50), 4)
    shuffled = np.random.default_rng(0).permutation(moments)
    table = table_of(
        when=shuffled.astype("datetime64[D]").astype("datetime64[us]"), a=np.arange(200.0), y=["u", "v"] * 100
    )
    cut = parted(table, SplitOptions(time="when"))
    train, valid, test = (shuffled[rows] for rows in (cut.train, cut.valid, cut.test))
    assert train.max() < valid.min() <= valid.max() < test.min()
    assert 24 <= len(test) <= 30


def test_a_row_without_a_time_is_refused():
    table = table_of(t=[None, *range(19)], a=np.arange(20.0), y=["u", "v"] * 10)
    with pytest.raises(SplitError, match='1 rows have no "t"'):
        parted(table, SplitOptions(time="t"))


def test_one_moment_only_cannot_be_cut():
    table = table_of(t=[5] * 20, a=np.arange(20.0), y=["u", "v"] * 10)
    with pytest.raises(SplitError, match="1 different in 20 rows"):
        parted(table, SplitOptions(time="t"))


def test_published_parts_are_kept_and_validation_is_carved_from_training():
    base = classes(300)
    table = Table(base.columns, "t.csv", parts=np.array(["train"] * 200 + ["test"] * 100), target="y")
    cut = parted(table)
    assert cut.test.tolist() == list(range(200, 300))
    assert 20 <= len(cut.valid) <= 22
    assert "published train, test" in cut.how
    whole = Table(base.columns, "t.csv", parts=np.array(["valid", "train", "test"] * 100), target="y")
    kept = split(whole, Schema((), {}), 0, SplitOptions(), Findings())
    assert kept.valid.tolist() == list(range(0, 300, 3))


def test_a_class_of_the_test_part_that_training_has_not_stops_unless_declared():
    table = table_of(["train"] * 20 + ["test"] * 5, a=np.arange(25.0), y=["u", "v"] * 10 + ["w"] * 5)
    findings = Findings()
    parted(table, findings=findings)
    with pytest.raises(SplitError, match='class "w" has 5 rows in test and none in training'):
        findings.raise_errors()
    declared = make_schema(table, None, (), {"y": Category(labels=("u", "v", "w"))}, Findings())
    findings = Findings()
    split(table, declared, 0, SplitOptions(), findings)
    assert not findings.errors
    assert "unseen w" in findings.warnings


def test_a_target_that_varies_in_one_part_only_stops():
    table = table_of(["train"] * 20 + ["test"] * 5, a=np.arange(25.0), y=["u"] * 20 + ["v", "u"] * 2 + ["u"])
    findings = Findings()
    parted(table, findings=findings)
    with pytest.raises(SourceError, match='training has 1 classes of "y"'):
        findings.raise_errors()


def test_too_few_rows_are_refused():
    with pytest.raises(SplitError, match="holds 5 rows"):
        parted(classes(5))


def test_a_split_comes_back_from_its_file():
    cut, file = parted(classes(90)), io.BytesIO()
    np.savez(file, **cut.to_arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as held:
        back = Split.from_arrays(held)
    assert all((back.parts()[p] == cut.parts()[p]).all() for p in cut.parts())
    assert (back.how, back.locked) == (cut.how, cut.locked)


def test_a_split_with_a_row_in_two_parts_is_refused():
    arrays = {**parted(classes(90)).to_arrays(), "valid": np.array([0, 1])}
    arrays["test"] = np.array([1, 2])
    with pytest.raises(SplitError, match="stands in two parts"):
        Split.from_arrays(arrays)


def test_the_lock_knows_names_and_content():
    base, parts = classes(60), ["train"] * 40 + ["test"] * 20
    locks = set()
    for shift, name in ((0.0, "id"), (1.0, "id"), (0.0, "other")):
        a = base.columns["a"].array.to_numpy().copy()
        a[-1] += shift
        made = table_of(parts, a=a, b=base.columns["b"].array.to_numpy(), y=base.columns["y"].array.to_pylist())
        locks.add(
            parted(Table(made.columns, "t", parts=made.parts, target="y", ids=[f"{name}{i}" for i in range(60)])).locked
        )
    assert len(locks) == 3


def test_hashes_tell_rows_apart_by_every_type():
    table = table_of(
        i=[1, 1, 2, 1],
        f=[0.0, -0.0, 0.0, None],
        s=["a", "a", "a", "a"],
        t=[True, True, True, True],
        l=[["x"], ["x"], ["x"], ["x"]],
    )
    found = row_hashes(table, np.arange(4))
    assert found[0] == found[1]
    assert len(set(found.tolist())) == 3
    assert (row_hashes(table, np.array([3, 0])) == found[[3, 0]]).all()
    arrays = Table({"x": Arrays("x", np.array([[1, 2], [1, 2], [2, 1]]))}, "t")
    first, second, third = row_hashes(arrays, np.arange(3))
    assert first == second != third


def test_rows_are_hashed_and_split_alike_in_one_piece_and_in_several(monkeypatch):
    table = table_of(x=[i % 40 for i in range(90)], y=["abc"[i % 3] for i in range(90)])
    whole, content = parted(table), row_hashes(table, np.arange(90))
    monkeypatch.setattr(base, "PIECE", 7)
    cut = parted(table)
    assert cut.locked == whole.locked
    assert all(np.array_equal(cut.parts()[p], whole.parts()[p]) for p in cut.parts())
    assert np.array_equal(row_hashes(table, np.arange(90)), content)


def test_times_that_are_text_in_another_order_are_refused():
    days = [f"{1 + i % 28:02d}.{1 + i // 28:02d}.2021" for i in range(60)]
    table = table_of(t=days, a=np.arange(60.0), y=["u", "v"] * 30)
    with pytest.raises(SplitError, match=r'"t" holds "01\.01\.2021", and text is not in the order of time'):
        parted(table, SplitOptions(time="t"))
    months = table_of(t=[f"{2000 + i // 12}-{1 + i % 12:02d}" for i in range(60)], a=np.arange(60.0), y=["u", "v"] * 30)
    assert parted(months, SplitOptions(time="t")).test.min() >= 50
