"""Texts written token by token: the search finds what it should, and the net sees no further than it has written."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch.testing import assert_close

from lamina.forms import Tokens, as_rows
from lamina.heads.beam import Beam, search
from lamina.heads.write import ended
from lamina.kinds import Field, Schema, Text
from lamina.kinds.text import END, MARKS, START
from lamina.recipe import Recipe, build_net

START_, END_, TOKENS = 0, 1, 4  # of a tiny vocabulary: start, end, and two that are said


def chances(seed: int, most: int) -> dict[tuple[int, ...], torch.Tensor]:
    """Log probabilities of the next token after every beginning."""
    draw = torch.Generator().manual_seed(seed)
    found = {}
    for n in range(most):
        for said in product((2, 3), repeat=n):
            logits = torch.randn(TOKENS, generator=draw)
            logits[START_] = -torch.inf
            found[said] = (2 * logits).log_softmax(0)
    return found


class Model:
    """Answers the search from a table a row."""

    def __init__(self, tables, width):
        self.tables, self.width, self.said, self.calls = tables, width, None, 0

    def __call__(self, last, picked):
        if self.said is None:
            self.said = [()] * len(last)
        else:
            self.said = [(*self.said[p], t) for p, t in zip(picked.tolist(), last.tolist(), strict=True)]
        self.calls += 1
        rows = [self.tables[i // self.width].get(said, torch.zeros(TOKENS)) for i, said in enumerate(self.said)]
        return torch.stack(rows)


def best(table, beam):
    """The best of all texts there are, by trying each."""
    found = {}
    for said in (text for n in range(beam.most) for text in product((2, 3), repeat=n)):
        total = sum(table[said[:i]][token] for i, token in enumerate(said)) + table[said][END_]
        found[said] = float(total) / beam.long(len(said) + 1)
    return max(found, key=found.get)


@pytest.mark.parametrize("penalty", [0.0, 0.6, 2.0])
def test_a_wide_search_finds_the_best_of_all_texts(penalty):
    beam = Beam(width=64, most=5, penalty=penalty)
    tables = [chances(seed, beam.most) for seed in range(20)]
    found = search(Model(tables, beam.width), len(tables), START_, END_, beam)
    assert [tuple(text.tolist()) for text in found] == [best(table, beam) for table in tables]
    assert len(set(map(len, found))) > 2  # and texts are of many lengths


def test_one_beginning_takes_the_likeliest_token_each_time():
    beam, tables = Beam(width=1, most=6), [chances(seed, 6) for seed in range(20)]
    found = search(Model(tables, 1), len(tables), START_, END_, beam)
    for text, table in zip(found, tables, strict=True):
        said = tuple(text.tolist())
        for i, token in enumerate(said):
            assert table[said[:i]][2:].argmax() + 2 == token
    assert any(len(text) for text in found)


def test_a_row_is_searched_alike_alone_and_beside_others():
    beam, tables = Beam(width=3, most=6, penalty=1.0), [chances(seed, 6) for seed in range(40)]
    together = search(Model(tables, beam.width), len(tables), START_, END_, beam)
    for text, table in zip(together, tables, strict=True):
        assert torch.equal(search(Model([table], beam.width), 1, START_, END_, beam)[0], text)


def test_a_search_without_an_end_stops_at_the_greatest_length():
    def never(last, picked):
        logits = torch.zeros(len(last), TOKENS)
        logits[:, [START_, END_]] = -torch.inf
        return logits.log_softmax(1)

    assert [len(text) for text in search(never, 3, START_, END_, Beam(2, 7))] == [7, 7, 7]


WORDS = Text(vocab=(*MARKS, *"abcdefg"), length=9)
SCHEMA = Schema(
    (Field("x", WORDS, "input"), Field("y", Text(vocab=(*MARKS, *"pqr"), length=6), "target", link="written"))
)


@pytest.fixture(params=["seq2seq", "t5"])
def net(request):
    made = build_net(Recipe(model={"name": request.param, "width": 16, "depth": 2, "heads": 2, "hidden": 16}), SCHEMA)
    torch.manual_seed(1)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std={"seq2seq": 0.3, "t5": 0.5}[request.param])
    return made.eval()


def inputs(rows=5):  # the second has four tokens, the last two
    ids = torch.randint(len(MARKS), 12, (rows, 9), generator=torch.Generator().manual_seed(0))
    ids[1, 4:], ids[-1, 2:] = 0, 0
    return {"x": ids}


def test_what_is_written_a_step_at_a_time_is_as_likely_as_all_at_once(net):
    """A search with its cache, against one that reads all that is written anew at every step."""
    head = net.head

    def plain(row):
        given = {"x": inputs()["x"][row : row + 1]}
        said = torch.zeros(head.beam.width, 0, dtype=torch.long)

        def step(last, picked):
            nonlocal said
            said = torch.cat([said[picked], last[:, None]], 1) if said.shape[1] or last[0] != START else said
            form = net({"x": given["x"].expand(head.beam.width, -1)}, head.given(said))
            return head._possible(head.logits(form.x[:, -1])).log_softmax(-1)

        return search(step, 1, START, END, head.beam)[0].tolist()

    with torch.no_grad():
        together = [row.tolist() for row in as_rows(net.answer(inputs()))]
    assert together == [plain(row) for row in range(5)]
    assert len(set(map(tuple, together))) > 1


def test_the_future_does_not_reach_what_is_written(net):
    target = torch.tensor([[5, 6, 7, 5], [6, 6, 0, 0]])
    other = torch.tensor([[5, 6, 5, 7], [6, 6, 0, 0]])
    given = {"x": inputs(3)["x"][:2]}
    one, two = (net(given, net.head.given(t)).x for t in (target, other))
    assert_close(one[:, :3], two[:, :3])
    assert not torch.allclose(one[0, 3:], two[0, 3:])


def test_padding_changes_neither_loss_nor_answer(net):
    target = torch.tensor([[5, 6, 7, 5], [6, 6, 0, 0]])
    x = inputs(3)["x"][:2]
    wide = {"x": torch.cat([x, torch.zeros(2, 3, dtype=torch.long)], 1)[:, :9]}
    sums = net.head.figures(net(wide, net.head.given(target)), target)
    alone = net.head.figures(net({"x": x[1:, :4]}, net.head.given(target[1:, :2])), target[1:, :2])
    assert_close(sums[1], alone[0])
    assert sums[:, 1].tolist() == [5, 3]  # tokens and the end


def test_the_end_follows_the_last_token():
    assert ended(torch.tensor([[5, 6, 0], [7, 7, 7]])).tolist() == [[5, 6, END, 0], [7, 7, 7, END]]


def test_a_text_that_is_learned_by_heart_is_written_again(net):
    head, target = net.head, torch.tensor([[5, 6, 7], [7, 6, 0], [6, 0, 0], [5, 5, 5], [7, 7, 0]])
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.2) if parameter.dim() > 1 else None
    moves = torch.optim.Adam(net.parameters(), 0.01)
    for _ in range(150):
        moves.zero_grad()
        head.loss(net(inputs(), head.given(target)), target)[0].backward()
        moves.step()
    assert [row.tolist() for row in as_rows(net.answer(inputs()))] == [[t for t in row if t] for row in target.tolist()]


def test_the_vectors_of_both_texts_are_one_table_where_their_words_are_the_same():
    both = Schema((Field("x", WORDS, "input"), Field("x", WORDS, "target", link="spans")))
    recipe = Recipe(model={"name": "t5", "width": 16, "depth": 1, "heads": 2, "hidden": 16})
    net = build_net(recipe, both)
    assert net.head.table.weight is net.entry.parts[0].table.weight
    other = Text(vocab=(*MARKS, *"hijklmn"), length=9)
    apart = build_net(recipe, Schema((Field("x", WORDS, "input"), Field("y", other, "target", link="written"))))
    assert apart.head.table.weight is not apart.entry.parts[0].table.weight


def test_the_marks_are_never_written(net):
    form = Tokens(torch.randn(3, 4, 16))
    assert not set(as_rows(net.head.decode(form)).values.tolist()) & set(range(len(MARKS)))
