"""Text written on: the likeliest path, the same for a seed, past the length of the context, and what is refused."""

from __future__ import annotations

import pytest
import torch

from lamina.errors import KindError, PlanError
from lamina.kinds import Category, Field, Number, Schema, Text
from lamina.kinds.text import MARKS
from lamina.predict import Predictor
from lamina.predict.write import write_text
from lamina.recipe import Recipe, build_net

LENGTH = 10
SMALL = {"gpt": {"heads": 2}, "lstm": {"both": False}}


def written(kind: Text) -> Schema:
    return Schema((Field("t", kind, "input"), Field("t", kind, "target", link="causal")))


def predictor(name: str = "gpt", kind: Text | None = None) -> Predictor:
    """A net whose weights are large enough for its answers to differ."""
    schema = written(kind or Text(by="characters", lower=False, vocab=(*MARKS, *"abcdefgh\n"), length=LENGTH))
    net = build_net(Recipe(model={"name": name, "width": 16, "depth": 2, **SMALL[name]}), schema)
    torch.manual_seed(3)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=1.0) if parameter.dim() > 1 else None
    return Predictor(net, schema)


def likeliest(made: Predictor, prompt: str, count: int) -> str:
    """The path of the likeliest tokens, everything read anew at each."""
    kind, written = made.kind, list(made.kind.ids(prompt))
    context = written[-kind.length :]
    for _ in range(count):
        with torch.no_grad():
            logits = made.net.head.logits(made.net({"t": torch.tensor([context])}))[0, -1]
        written.append(int(logits[len(MARKS) :].argmax()) + len(MARKS))
        context = [*context, written[-1]]
        if len(context) > kind.length:
            context = written[-(kind.length // 2) :]
    return "".join(kind.vocab[i] for i in written)


@pytest.mark.parametrize("name", ["gpt", "lstm"])
@pytest.mark.parametrize("prompt", ["a", "abcdefgh", "abcdefghabcdefghabc"])
def test_without_chance_the_likeliest_is_written_past_the_end_of_the_context(name, prompt):
    made = predictor(name)
    text = "".join(write_text(made, prompt, 3 * LENGTH, temperature=0))
    assert text == likeliest(made, prompt, 3 * LENGTH)
    assert len(set(text[len(prompt) :])) > 2  # no net that says one thing


def test_the_one_likeliest_of_all_is_no_draw():
    made = predictor()
    assert "".join(write_text(made, "ab", 20, top=1)) == "".join(write_text(made, "ab", 20, temperature=0))


def test_a_seed_writes_the_same_and_another_something_else():
    made = predictor()
    one, again, other = ("".join(write_text(made, "ab", 25, temperature=2, seed=seed)) for seed in (0, 0, 1))
    assert one == again != other
    assert len(one) == 27
    assert set(one) <= set("abcdefgh\n")


def test_draws_follow_what_the_net_says():
    made = predictor()
    with torch.no_grad():
        logits = made.net.head.logits(made.net({"t": torch.tensor([[5]])}))[0, -1, len(MARKS) :]
    drawn = [list(write_text(made, "a", 1, temperature=1.5, seed=seed))[1] for seed in range(600)]
    shares = torch.tensor([drawn.count(letter) / 600 for letter in "abcdefgh\n"])
    assert (shares - (logits / 1.5).softmax(0)).abs().max() < 0.06
    few = {list(write_text(made, "a", 1, temperature=1.5, top=2, seed=seed))[1] for seed in range(100)}
    assert few == {"abcdefgh\n"[i] for i in logits.topk(2).indices}


def test_nothing_given_begins_a_line_and_is_as_long_as_asked():
    made = predictor()
    pieces = list(write_text(made, "", 12, seed=4))
    assert pieces[0] == "\n"
    assert len(pieces) == 12


def test_words_stand_apart_and_a_prompt_is_read_as_training_text_was():
    kind = Text(vocab=(*MARKS, "one", "two", "three"), length=LENGTH)
    made = predictor(kind=kind)
    pieces = list(write_text(made, "One TWO unseen", 5, temperature=0))
    assert pieces[0] == "One TWO unseen"
    assert all(piece in (" one", " two", " three") for piece in pieces[1:])
    assert pieces[1:] == list(write_text(made, "one two", 5, temperature=0))[1:]


def test_a_prompt_of_which_training_saw_nothing_is_refused():
    with pytest.raises(KindError, match='nothing of the prompt "XYZ"'):
        next(write_text(predictor(), "XYZ"))
    assert next(write_text(predictor(), "XaZ")) == "XaZ"


@pytest.mark.parametrize("link", ["aligned", "masked"])
def test_a_run_that_writes_no_text_is_refused(link):
    made = predictor()
    if link == "masked":
        fields = tuple(Field("t", made.kind, role, link=link) for role in ("input", "target"))
        made.schema = Schema(fields)
    else:
        made.schema = Schema((Field("x", Number(), "input"), Field("y", Category(labels=("a", "b")), "target")))
    with pytest.raises(PlanError, match="this run writes no text") as caught:
        next(write_text(made, "a"))
    assert "lamina fit CORPUS.txt" in str(caught.value)
