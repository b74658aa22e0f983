"""Worlds by the one way: fitted, scored beside baselines, asked, moved, resumed, shown, refused."""

import json
import shutil

import pytest

import lamina
from lamina.errors import PlanError, SourceError, Stopped
from lamina.kinds.match import MOVES, Match
from lamina.teller import Quiet


@pytest.fixture(scope="module")
def pole(tmp_path_factory):
    return lamina.fit("gym:CartPole-v1", out=tmp_path_factory.mktemp("pole") / "run", steps=12, teller=Quiet())


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    words = ("game.simulations=8", "game.matches=8", "game.turns=1", "model.width=8", "model.depth=1")
    out = tmp_path_factory.mktemp("board") / "run"
    return lamina.fit("spiel:tic_tac_toe", out=out, steps=6, settings=words, teller=Quiet())


def kept(run, name):
    return json.loads((run.path / name).read_text())


def test_the_game_is_found_without_a_flag(pole, board):
    assert kept(pole, "recipe.json")["recipe"]["objective"] == "ppo"
    assert kept(board, "recipe.json")["recipe"]["objective"] == "alphazero"


def test_starts_of_the_test_part_were_never_trained_on(pole):
    seeds = [set(map(int, part)) for part in _parts(pole)]
    assert [len(part) for part in seeds] == [1000, 20, 100]
    assert not seeds[0] & seeds[2]
    assert not seeds[0] & seeds[1]


def _parts(run):
    from lamina.data.sources import open_source

    table = open_source("gym:CartPole-v1")
    values = table.column("situation").array.to_pylist()
    return [[v for v, p in zip(values, table.parts, strict=True) if p == part] for part in ("train", "valid", "test")]


def test_scores_stand_beside_baselines_with_intervals(pole, board):
    scores = kept(pole, "scores.json")
    assert scores["main"] == "mean_return"
    assert set(scores["baseline"]) == {"random", "linear"}
    assert scores["test"]["mean_return"]["n"] == 100
    assert scores["baseline"]["random"]["mean_return"]["value"] < 40 < scores["test"]["mean_return"]["value"]
    scores = kept(board, "scores.json")
    assert set(scores["baseline"]) == {"random", "search"}
    points, wins, losses = (scores["test"][name]["value"] for name in ("points", "wins", "losses"))
    assert scores["test"]["points"]["n"] == 200
    assert points == pytest.approx(wins + (1 - wins - losses) / 2)


def test_a_line_that_holds_the_pole_is_said_to_do_as_well(pole):
    """A straight line found by trying holds it to the end, and the first line of the result says so."""
    assert kept(pole, "scores.json")["baseline"]["linear"]["mean_return"]["value"] > 450
    assert pole.verdict.startswith("The linear baseline does")


def test_no_opening_of_the_test_part_is_lost_before_it_begins():
    from lamina.data.sources import open_source
    from lamina.kinds.match import rules_of
    from lamina.worlds import name_of, solved

    table, rules = open_source("spiel:tic_tac_toe"), rules_of("tic_tac_toe")
    known = solved(rules)
    rows = [
        row
        for row, part in zip(table.column("situation").array.to_pylist(), table.parts, strict=True)
        if part == "test"
    ]
    worth = [known[name_of(rules.after(row["moves"]))] * (1 if row["side"] == 0 else -1) for row in rows]
    assert min(worth) == 0
    assert {row["side"] for row in rows} == {0, 1}
    assert all(len(row["moves"]) == 2 for row in rows)


def test_a_moved_run_says_what_to_do(pole, board, tmp_path):
    there = lamina.load(shutil.copytree(pole.path, tmp_path / "pole"))
    (tmp_path / "seen.jsonl").write_text(
        '{"situation": [0.0, 0.5, 0.1, 1.0]}\n{"situation": [0.0, -0.5, -0.1, -1.0]}\n{"situation": [1.0]}\n'
    )
    right, left, short = there.predict(tmp_path / "seen.jsonl")
    assert (right.value, left.value) == (1, 0)  # towards where the pole falls
    assert right.probabilities["1"] > 0.5
    assert "4 numbers" in short.problem
    assert there.score()["mean_return"].value == pole.scores["mean_return"].value
    there = lamina.load(shutil.copytree(board.path, tmp_path / "board"))
    (tmp_path / "moves.csv").write_text("situation\n0 3 1 4\n0 0\n0 3 1 4 2\n")
    move, twice, over = there.predict(tmp_path / "moves.csv")
    assert move.value == 2  # three in a row, seen by the search whatever the net thinks
    assert sum(move.probabilities.values()) == pytest.approx(1.0)
    assert "move 2, 0" in twice.problem
    assert "over" in over.problem
    assert there.score()["points"].value == board.scores["points"].value


def test_the_report_shows_what_was_played(pole, board):
    for run, title in ((pole, "An episode played out"), (board, "Matches played out")):
        plate = kept(run, "exhibits/exhibits.json")["plates"][0]
        assert plate["title"] == title
        assert all(item["picture"] or item["lines"] for item in plate["items"])
        assert title in (run.path / "report.html").read_text()


def test_a_run_that_was_stopped_ends_in_the_same_bits(tmp_path, monkeypatch):
    from lamina.train import Session

    words = ("train.save_seconds=0", "game.moves=32")
    whole = lamina.fit("gym:CartPole-v1", out=tmp_path / "whole", steps=5, settings=words, teller=Quiet())
    stepped = Session.stepped

    def stop(self, step, *rest):
        self.asked_to_stop = step == 2
        return stepped(self, step, *rest)

    monkeypatch.setattr(Session, "stepped", stop)
    with pytest.raises(Stopped):
        lamina.fit("gym:CartPole-v1", out=tmp_path / "cut", steps=5, settings=words, teller=Quiet())
    monkeypatch.undo()
    lamina.resume(tmp_path / "cut", teller=Quiet())
    for name in ("weights.safetensors", "log.jsonl", "predictions.parquet"):
        assert (whole.path / name).read_bytes() == (tmp_path / "cut" / name).read_bytes(), name


@pytest.mark.parametrize(
    ("source", "asked", "error", "says"),
    [
        ("gym:CartPol-v1", {}, SourceError, "did you mean gym:CartPole-v1"),
        ("spiel:conect_four", {}, SourceError, "did you mean spiel:connect_four"),
        ("spiel:tic_tac_toe", {"objective": "ppo"}, PlanError, "ppo"),
        ("gym:CartPole-v1", {"objective": "alphazero"}, PlanError, "alphazero"),
        ("gym:CartPole-v1", {"model": "cnn"}, PlanError, "cnn"),
        ("spiel:tic_tac_toe", {"model": "mlp"}, PlanError, "mlp"),
        ("digits", {"objective": "dqn"}, PlanError, "dqn"),
    ],
)
def test_what_does_not_go_together_is_refused_and_leaves_nothing(source, asked, error, says, tmp_path):
    with pytest.raises(error, match=says):
        lamina.fit(source, out=tmp_path / "run", steps=1, teller=Quiet(), **asked)
    assert not (tmp_path / "run").exists()


def test_the_side_is_whose_turn_it_is_where_none_is_named():
    kind = Match(world="tic_tac_toe", longest=9)
    found = kind.encode(["0", [0, 4], {"moves": "0 4", "side": 1, "number": 3}, {"moves": [0], "side": 2}])
    assert found.array[:3, :2].tolist() == [[-1, 1], [-1, 0], [3, 1]]
    assert found.array[1, MOVES : MOVES + 3].tolist() == [0, 4, -1]
    assert "no side" in found.bad[3]
