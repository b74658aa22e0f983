"""An error says what came, what was expected and what to type."""

from __future__ import annotations

import pytest

from lamina import errors
from lamina.errors import LaminaError, SettingError, Stopped, nearest


def test_an_error_prints_as_three_short_lines():
    error = LaminaError("what came", expected="what was wanted", fix="what to type")
    assert str(error) == "what came\n  expected: what was wanted\n  fix:      what to type"
    assert (error.what, error.expected, error.fix) == ("what came", "what was wanted", "what to type")


def test_a_line_with_nothing_to_say_is_left_out():
    assert str(LaminaError("what came")) == "what came"
    assert str(LaminaError("what came", fix="type")) == "what came\n  fix:      type"


def test_the_exit_code_tells_the_users_error_from_a_stop():
    ours = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, LaminaError)]
    assert {e.exit_code for e in ours if e is not Stopped} == {2}
    assert Stopped.exit_code == 75
    assert all(e.__doc__ for e in ours)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("learing_rate", 'did you mean "learning_rate"?'),
        ("zzz", "one of: learning_rate, batch"),
        ("", "one of: learning_rate, batch"),
    ],
)
def test_the_nearest_known_word_is_named_or_all_of_them(word, hint):
    assert nearest(word, iter(["learning_rate", "batch"])) == hint


def test_a_long_list_is_cut():
    assert nearest("?", [f"name{i}" for i in range(30)]).endswith("name19, …")


def test_every_error_is_caught_as_one():
    with pytest.raises(LaminaError):
        raise SettingError("x")
