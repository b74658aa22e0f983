"""Settings are typed by the field they belong to, and refused in words."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest
from pydantic import Field

from lamina.config import build, change, explain, overlay, parse_json, read_file
from lamina.errors import SettingError


@dataclass(frozen=True)
class Inner:
    rate: Annotated[float, Field(gt=0, le=10)] = 0.1
    steps: Annotated[int, Field(ge=1)] = 5
    name: Literal["adam", "sgd"] = "adam"
    on: bool = False


@dataclass(frozen=True)
class Settings:
    seed: int = 0
    note: str = ""
    any: float = 1.0
    inner: Inner = Inner()
    model: dict[str, str | int | float] = field(default_factory=dict)
    sizes: tuple[float, ...] = ()


def written(tmp_path, text: str):
    path = tmp_path / "settings.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def from_file(tmp_path, text: str) -> Settings:
    return overlay(Settings(), read_file(written(tmp_path, text)))


def refused(work, *args) -> str:
    began = time.process_time()
    with pytest.raises(SettingError) as caught:
        work(*args)
    assert time.process_time() - began < 0.1
    return str(caught.value)


def test_a_number_is_one_where_a_number_is_wanted(tmp_path):
    made = from_file(tmp_path, "seed: 12\ninner: {rate: 1e-3, on: true}\nnote: 1e-3\nsizes: [1, 2.5]")
    assert made == Settings(12, "1e-3", inner=Inner(rate=0.001, on=True), sizes=(1.0, 2.5))
    assert type(made.seed) is int
    assert change(Settings(), ["inner.rate=1e-3"]).inner.rate == 0.001


@pytest.mark.parametrize("text", ["no", "010", "12:30:00", "1_000", "null", "~", "0x10", "2024-01-01", "yes", "1e5"])
def test_text_is_not_guessed_at(tmp_path, text):
    assert from_file(tmp_path, f"note: {text}\nmodel: {{a: {text}}}") == Settings(note=text, model={"a": text})
    assert change(Settings(), [f"note={text}"]).note == text


def test_json_is_read_as_well(tmp_path):
    made = from_file(tmp_path, '{"seed": 3, "inner": {"name": "sgd", "rate": 2E-2}, "note": "a\\u00e9\\n"}')
    assert made == Settings(3, "aé\n", inner=Inner(name="sgd", rate=0.02))


def test_an_empty_file_changes_nothing(tmp_path):
    assert from_file(tmp_path, "") == from_file(tmp_path, "# nothing\n") == Settings()


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("sed=1", 'did you mean "seed"'),
        ("inner.rat=1", 'did you mean "inner.rate"'),
        ("iner.rate=1", 'did you mean "inner.rate"'),
        ("=1", "unknown setting"),
        ("inner.=1", "unknown setting"),
        ("inner..rate=1", "unknown setting"),
        ("seed", "key=value"),
        ("seed.x=1", '"seed" is one value'),
        ("inner.rate.x=1", '"inner.rate" is one value'),
        ("model.name.x=1", '"model.name" is one value'),
        ("inner=1", "inner"),
        ("model=cnn", "dictionary"),
    ],
)
def test_a_word_that_is_no_setting_is_refused(word, hint):
    assert hint in refused(change, Settings(model={"name": "mlp"}), [word])


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"inner": {"learing": 1}}, 'unknown setting "inner.learing"'),
        ({"seeds": 1}, 'did you mean "seed"'),
        ({"inner.rate": 1}, "unknown setting"),
        ({7: 1}, 'unknown setting "7"'),
    ],
)
def test_an_unknown_name_in_a_file_is_refused(values, hint):
    assert hint in refused(overlay, Settings(), values)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("inner.rate=0", "greater than 0"),
        ("inner.rate=-1", "greater than 0"),
        ("inner.rate=11", "less than or equal to 10"),
        ("inner.rate=nan", "inner.rate"),
        ("inner.rate=1e400", "inner.rate"),
        ("inner.rate=fast", "valid number"),
        ("inner.rate=", "valid number"),
        ("inner.steps=0", "greater than or equal to 1"),
        ("inner.steps=1.5", "valid integer"),
        ("inner.steps=1e3", "valid integer"),
        ("inner.name=adamm", "'adam' or 'sgd'"),
        ("inner.on=maybe", "valid boolean"),
        ("any=nan", "finite"),
        ("any=1e400", "finite"),
        ("any=-inf", "finite"),
        ("seed=" + "9" * 100_000, "seed"),
        ("any=" + "9" * 100_000, "finite"),
        ("model." + "a." * 100_000 + "b=1", "model.a"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name_and_range(word, hint):
    said = refused(change, Settings(), [word])
    assert hint in said
    assert len(said) < 2000 or word.startswith("model.")


def test_a_value_in_a_list_that_is_not_finite_is_refused():
    assert "finite" in refused(build, Settings, {"sizes": [1.0, math.nan]})


def test_below_a_free_mapping_any_name_is_taken():
    made = change(Settings(model={"name": "mlp"}), ["model.width=64", "model.width=32"])
    assert made.model == {"name": "mlp", "width": "32"}


def test_later_words_win_and_the_base_is_not_changed():
    base = Settings(model={"name": "mlp"})
    assert change(base, ["seed=1", "seed=2", "model.x=1"]).seed == 2
    assert base == Settings(model={"name": "mlp"})


def test_a_file_is_laid_over_and_what_it_does_not_name_stays():
    base = Settings(seed=4, inner=Inner(steps=9), model={"name": "mlp"})
    made = overlay(base, {"inner": {"rate": "2"}, "model": {"width": "3"}})
    assert made == Settings(seed=4, inner=Inner(rate=2.0, steps=9), model={"name": "mlp", "width": "3"})
    assert base.model == {"name": "mlp"}


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("seed: 1\nseed: 2", "repeated"),
        ("inner: {rate: 1, rate: 1}", "repeated"),
        ("a: &x 1\nb: *x", "alias"),
        ("a: &x {b: 1}", "anchor"),
        ("seed: !!int 3", "tag"),
        ("a: !!python/object/apply:os.system [ls]", "tag"),
        ("? [a]\n: 1", "no word"),
        ("- a\n- b", "does not hold settings"),
        ("just words", "does not hold settings"),
        ("a: [1", "neither YAML nor JSON"),
        ("a: 1\n---\nb: 2", "neither YAML nor JSON"),
        ("a: \x00", "neither YAML nor JSON"),
        ("x" * (1 << 20) + ": 1", "at most 1 MiB"),
        ("a: " + "[" * 100_000, "deep"),
        ("a: " + "[" * 100_000 + "]" * 100_000, "deep"),
        ("a: " + "{b: " * 100_000, "deep"),
        ("- " * 100_000, "deep"),
        ("a: [" + "1," * 300_000 + "]", "more than 10,000 values"),
        ("".join(f"k{i}: 1\n" for i in range(60_000)), "more than 10,000 values"),
    ],
)
def test_a_settings_file_that_is_none_is_refused_at_once(tmp_path, text, hint):
    assert hint in refused(read_file, written(tmp_path, text))


def test_a_number_of_many_digits_in_a_file_is_refused_by_its_field(tmp_path):
    assert "seed" in refused(from_file, tmp_path, "seed: " + "9" * 100_000)


def test_a_file_that_is_no_text_or_not_there_is_named(tmp_path):
    path = tmp_path / "settings.yaml"
    assert "settings.yaml" in refused(read_file, path)
    path.write_bytes(b"note: \xff\xfe")
    assert "UTF-8" in refused(read_file, path)


@pytest.mark.parametrize(
    "text",
    ['{"a": 1, "a": 2}', "NaN", "[Infinity]", "1e400", "9" * 100_000, "[" * 100_000, '{"a":' * 100_000, "", "{", "1 2"],
)
def test_json_that_we_would_not_write_is_refused_by_file(text):
    assert "it.json" in refused(parse_json, text, "it.json")


def test_json_comes_back_as_it_is():
    assert parse_json('{"a": [1, 2.5, null, true, "x"]}', "f") == {"a": [1, 2.5, None, True, "x"]}
    assert parse_json(b'"\xc3\xa9"', "f") == "é"


def test_every_setting_is_explained_with_its_type_and_range():
    told = {name: (kind, value) for name, kind, value in explain(Settings(seed=3))}
    assert told["seed"] == ("int", 3)
    assert told["inner.rate"] == ("float, > 0, ≤ 10", 0.1)
    assert told["inner.name"] == ("adam | sgd", "adam")
    assert told["model"] == ("names with values", {})


@pytest.mark.parametrize("values", [None, 0, [], "seed"])
def test_what_is_no_mapping_holds_no_settings(values):
    assert "holds no settings" in refused(build, Settings, values)
