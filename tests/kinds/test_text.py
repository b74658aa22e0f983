"""Text as ids: cut into tokens, learned from training rows only, cut to a length, and read back."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.table import RaggedArrays, Values
from lamina.errors import KindError
from lamina.kinds import Text, kind_from_json
from lamina.kinds.text import END, MARKS, MASK, PADDING, START, UNKNOWN, is_text
from lamina.ragged import Ragged


def column(*rows) -> Values:
    return Values("t", pa.chunked_array([pa.array(list(rows))]))


def fitted(*rows, kind=None) -> Text:
    return (kind or Text()).fit(column(*rows), np.arange(len(rows)))


def points(*texts: str) -> Ragged:
    return Ragged.of([np.array(list(map(ord, text)), np.int32) for text in texts])


def test_words_are_runs_of_letters_and_signs_alone():
    (tokens,) = Text().split(["It's 12 o'clock,\tMÜLLER!"])
    assert tokens == ["it", "'", "s", "12", "o", "'", "clock", ",", "müller", "!"]
    assert list(Text(lower=False).split(["Aa"])) == [["Aa"]]
    assert list(Text(by="characters").split(["Aa b"])) == [["A", "a", " ", "b"]]


def test_the_words_of_a_text_keep_their_capitals_and_those_of_a_list_are_its_own():
    kind = Text()
    assert kind.words("It's in İZMİR, Odo!") == ["It", "'", "s", "in", "İZMİR", ",", "Odo", "!"]
    assert [len(tokens) for tokens in kind.split(["It's in İZMİR, Odo!"])] == [8]
    assert kind.words(["New York", "a"]) == ["New York", "a"]


def test_the_vocabulary_is_that_of_training_rows_the_commonest_first():
    kind = Text().fit(column("b a a", "c a b", "d d d d d d"), np.array([0, 1]))
    assert kind.vocab == (*MARKS, "a", "b", "c")
    assert (kind.length, kind.mean) == (3, 3.0)
    assert kind.encode(["a d"]).array.row(0).tolist() == [5, UNKNOWN]
    assert fitted("b a a", "c a b", kind=Text(least=2)).vocab[5:] == ("a", "b")
    assert len(fitted("a b c d e f g h", kind=Text(size=8)).vocab) == 8
    assert kind.fit(column("d d d"), np.arange(1)).vocab == kind.vocab  # one that is there is kept


def test_a_word_that_is_written_like_a_mark_is_no_mark():
    kind = fitted(["a", "b"], kind=Text(length=9))
    assert kind.encode([["a", *MARKS]]).array.row(0).tolist() == [5] + [UNKNOWN] * len(MARKS)


def test_what_is_too_long_is_cut_and_counted():
    kind = fitted("a b c", "a", kind=Text(length=2))
    coded = kind.encode(["a b c", "c", "b b b b"])
    assert [row.tolist() for row in coded.array] == [[5, 6], [7], [6, 6]]
    assert coded.converted == {"cut to their first 2 tokens, in which 50% of training rows fit": 2}
    assert coded.told == {
        0: "is cut to the first 2 of its 3 tokens",
        2: "is cut to the first 2 of its 4 tokens",
    }
    assert fitted("a b c", "a").encode(["a b c a b"]).array.lengths.tolist() == [3]  # the longest of training
    assert kind.collate(coded.array).tolist() == [[5, 6], [7, PADDING], [6, 6]]


def test_a_list_of_words_is_never_cut_up():
    kind = fitted(["New York", "isn't"], ["a.b"], kind=Text(length=9))
    assert set(kind.vocab[5:]) == {"new york", "isn't", "a.b"}
    known = [kind.vocab.index("isn't"), kind.vocab.index("a.b")]
    assert kind.encode([["ISN'T", "a.b", "never"]]).array.row(0).tolist() == [*known, UNKNOWN]


def test_a_text_without_a_word_is_bad_and_training_without_one_is_refused():
    coded = fitted("a").encode(["a", "", " \t", None])
    assert coded.bad.keys() == {1, 2, 3}
    assert fitted("a").absent(coded.array).tolist() == [False, True, True, True]
    with pytest.raises(KindError, match='"t" holds no text'):
        fitted("", " ")


def test_code_points_are_the_characters_that_they_stand_for():
    texts = ("Ab a\n", "ñ€𝄞b")
    kind = fitted(*texts, kind=Text(by="characters"))
    given = RaggedArrays("t", points(*texts))
    assert Text(by="characters").fit(given, np.arange(2)) == kind
    for one, other in zip(kind.encode(["bañ?", "A"]).array, kind.encode(points("bañ?", "A")).array, strict=True):
        assert one.tolist() == other.tolist()


def test_reading_back_stops_at_the_end_mark_and_leaves_marks_out():
    kind = fitted("a b c")
    assert kind.decode(np.array([[START, 5, UNKNOWN, 6, END, 7], [7, MASK, 5, 0, 0, 0]])) == ["a b", "c a"]
    assert fitted("ab", kind=Text(by="characters")).text([5, 6, END, 5]) == "ab"


def test_pieces_make_the_text_again_and_cut_up_a_word_never_seen():
    texts = ["the lower tower is low", "a tall tower, a wall"] * 4
    kind = fitted(*texts, kind=Text(by="pieces", size=60, length=40))
    assert kind.vocab[:5] == MARKS
    assert kind.decode(kind.encode(["a low tower, the lower wall"]).array) == ["a low tower, the lower wall"]
    assert len(kind.encode(["lowall"]).array.row(0)) > 1
    assert UNKNOWN not in kind.encode(["lowall"]).array.values
    assert kind_from_json(json.loads(json.dumps(kind.to_json()))) == kind


def test_it_is_the_same_after_json():
    kind = fitted("a b", "ç d", kind=Text(least=1, length=7, lower=False))
    again = kind_from_json(json.loads(json.dumps(kind.to_json())))
    assert again == kind
    assert again.encode(["ç a"]).array.values.tolist() == kind.encode(["ç a"]).array.values.tolist()


def test_scores_compare_with_what_was_written():
    kind, raw = fitted("a b", kind=Text(length=9)), ["A unseen b", None]
    coded = kind.encode(raw).array
    assert kind.reference(raw, coded) == ["A unseen b", ""]
    assert kind.in_units(coded) == ["a b", ""]
    assert kind.reference(points("hé"), None) == ["hé"]


def test_texts_are_told_from_codes_by_their_words():
    assert is_text(pa.array(["a film", "not a good one", None]))
    assert not is_text(pa.array(["red", "dark blue", "green"]))
    assert not is_text(pa.array([1, 2]))
    assert not is_text(pa.array([None, None], pa.string()))


@pytest.mark.parametrize("by", ["words", "characters"])
def test_no_id_is_outside_the_vocabulary(by):
    kind = fitted("a b", "b c", kind=Text(by=by, length=9))
    ids = kind.encode(["a b", "never seen", "\U0010ffff", "<mask> c"]).array.values
    assert 0 <= ids.min() <= ids.max() < len(kind.vocab)
