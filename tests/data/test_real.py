"""Published data sets as they are published: read, typed and parted without a flag that is not needed."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lamina.data.leaks import find_leaks
from lamina.data.schema import make_schema
from lamina.data.sources import ReadOptions, join, open_source
from lamina.data.split import SplitOptions, split
from lamina.findings import Findings
from lamina.kinds import Alike, Category, Image, Number, Text

DATA = Path(os.environ.get("LAMINA_DATA", Path(__file__).parents[3] / "shared" / "data"))
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the published data sets are not here; LAMINA_DATA names them"
)


def prepared(source, target=None, **options):
    findings = Findings()
    table = open_source(DATA / source, ReadOptions(**options), findings)
    schema = make_schema(table, target, (), {}, findings)
    cut = split(table, schema, 0, SplitOptions(), findings)
    find_leaks(table, schema, cut, findings)
    findings.raise_errors()
    return table, schema, cut, findings


def test_adult_has_no_header_and_test_labels_with_a_full_stop():
    table, schema, cut, findings = prepared("adult", missing=("?",))
    assert [len(rows) for rows in cut.parts().values()] == [29305, 3256, 16281]
    assert table.facts["header"] == "none"
    assert set(table.columns["column15"].array.to_pylist()) == {"<=50K", ">50K"}
    assert findings.warnings["labels"].startswith("16,281 labels")
    assert Counter(type(f.kind) for f in schema.inputs) == {Number: 6, Category: 8}
    assert table.columns["column2"].array.null_count == 2799


def test_adult_joined_from_two_files_is_the_same():
    train = open_source(DATA / "adult" / "adult-train.csv.gz")
    both = join(train, open_source(DATA / "adult" / "adult-test.csv.gz"), "test", "", Findings())
    assert both.columns["column15"].array == open_source(DATA / "adult").columns["column15"].array


def test_fashion_mnist_is_paired_and_parted_by_its_names():
    table, schema, cut, _ = prepared("fashion-mnist")
    assert table.columns["image"].array.shape == (70_000, 28, 28)
    assert np.bincount(table.columns["label"].take(cut.test).to_numpy()).tolist() == [1000] * 10
    assert np.bincount(table.columns["label"].take(cut.valid).to_numpy()).tolist() == [600] * 10
    assert isinstance(schema.inputs[0].kind, Image)


def test_clothing_keeps_its_three_parts():
    table, schema, cut, _ = prepared("clothing-small")
    assert [len(rows) for rows in cut.parts().values()] == [3068, 341, 372]
    assert table.facts["stray"] == ["LICENSE", "README.md"]
    kind = schema.inputs[0].kind.fit(table.columns["image"], cut.train[:64])
    assert kind.channels == 3
    assert not kind.encode(table.columns["image"].take(cut.test[:32])).bad


def test_cifar_is_read_from_its_zip_without_a_false_alarm():
    table, _, cut, findings = prepared("cifar10/cifar10-subset.zip")
    assert [len(rows) for rows in cut.parts().values()] == [9000, 1000, 2000]
    assert table.columns["image"].take(cut.test[:1])[0].startswith(b"\xff\xd8")
    assert not [code for code in findings.warnings if code.startswith("leak:names")]


def test_titanic_reads_names_as_text_and_leaves_out_tickets():
    """A name has a title in it (Mrs., Master.), which tells of age and sex; tickets and cabins are single words."""
    _, schema, _, _ = prepared("titanic/titanic.csv", "survived")
    assert set(schema.left_out) == {"ticket", "cabin"}
    assert [f.name for f in schema.inputs if isinstance(f.kind, Text)] == ["name"]
    assert isinstance(schema.target.kind, Category)


def test_nlvr_has_pictures_sentences_and_presentations_in_one_part():
    table, schema, _, findings = prepared("nlvr")
    cut = split(table, schema, 0, SplitOptions(group=table.facts["group"]), findings)
    assert [len(cut.train) + len(cut.valid), len(cut.test)] == [989, 990]
    assert [type(f.kind) for f in schema.inputs] == [Image, Text]
    shown = table.columns["shown"].array.to_pylist()
    assert not {shown[i] for i in cut.train} & {shown[i] for i in cut.valid}


def test_california_housing_has_a_number_for_a_target_and_missing_values():
    table, schema, _, _ = prepared("california-housing/housing.csv.gz", "median_house_value")
    assert isinstance(schema.target.kind, Number)
    assert table.columns["total_bedrooms"].array.null_count == 207


def test_mammography_keeps_its_quoted_labels():
    table, _, cut, _ = prepared("mammography/mammography.csv.gz")
    assert set(table.columns["column7"].array.to_pylist()) == {"'-1'", "'1'"}
    minority = [
        sum(v == "'1'" for v in table.columns["column7"].take(rows).to_pylist()) for rows in cut.parts().values()
    ]
    assert min(minority) >= 25


def test_multi30k_is_read_line_for_line_and_its_second_test_part_is_named():
    table, schema, cut, findings = prepared("multi30k-en-de")
    assert [len(rows) for rows in cut.parts().values()] == [29_000, 1_014, 1_000]
    assert (table.target, schema.target.link) == ("de", "written")
    assert table.facts["used"]["test"] == "test_2016_flickr"
    assert "test_2017_flickr" in findings.warnings["parts not used"]
    assert table.columns["de"].array[0].as_py() == "Zwei junge weiße Männer sind im Freien in der Nähe vieler Büsche."


def test_xquad_has_its_questions_their_texts_and_their_articles():
    table, schema, _, findings = prepared("xquad-en/xquad.en.json")
    assert (len(table), table.facts["articles"], table.facts["group"]) == (1_190, 48, "article")
    assert [f.name for f in schema.inputs] == ["question", "context"]
    assert not findings.asides


def test_omniglot_trains_on_alphabets_and_is_tested_on_twenty_runs():
    table, schema, cut, _ = prepared("omniglot-minimal")
    assert [len(cut.train) + len(cut.valid), len(cut.test)] == [2720, 800]
    assert isinstance(schema.target.kind, Alike)
    told = [table.columns["character"].array[int(i)].as_py() for i in cut.test]
    assert len({one["episode"] for one in told}) == 20
    assert sum(one["example"] for one in told) == 400


def test_chorales_are_read_by_their_parts():
    _, schema, cut, findings = prepared("jsb-chorales/jsb-chorales-quarter.json.gz")
    assert [len(rows) for rows in cut.parts().values()] == [229, 76, 77]
    assert (type(schema.target.kind).__name__, schema.target.link) == ("Notes", "causal")
    assert not findings.asides
