"""For every sort of target: it has baselines and something to look at, and where the best baseline lies inside the
model's interval or beyond it, the command's first line and the report say so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import lamina.evaluate.baselines as baselines
from lamina.cli.screen import print_scores
from lamina.evaluate.baselines import BASELINES
from lamina.evaluate.plates import PLATES
from lamina.metrics.table import QUICK, SCORES
from lamina.report import render
from lamina.report.verdict import BEYOND, BLIND
from lamina.report.words import MEANING

MAIN = {key: scores[0] for key, scores in SCORES.items()}
every = pytest.mark.parametrize("key", SCORES)


class Scored:
    """A run of which only the scores are there."""

    def __init__(self, scores: dict[str, Any]):
        self.scores = scores

    def has(self, name: str) -> bool:
        return name == "scores.json"

    def read_json(self, name: str) -> Any:
        return self.scores

    def read_bytes(self, name: str) -> bytes:
        return json.dumps(self.scores).encode()


def scored(key: str, rival: float, name: str = "rival") -> dict[str, Any]:
    """The model at 0.5 (0.4 to 0.6), a poor baseline and another so much better, by the main score of a target."""
    main = MAIN[key]
    sign = 1 if main.better == "higher" else -1
    figure = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 99, "method": ""}
    poor, other = ({main.name: {"value": 0.5 + sign * by, "low": None, "high": None}} for by in (-0.3, rival))
    return {
        "main": main.name,
        "better": main.better,
        "test": {main.name: figure},
        "baseline": {"poor": poor, name: other},
    }


def test_every_target_that_is_scored_has_baselines_and_is_looked_at():
    assert set(BASELINES) == set(SCORES)
    assert set(PLATES) == set(SCORES) - {"Tags"}  # of tags, the mistakes are shown


def test_every_score_says_what_it_is():
    named = {score.name: score for scores in (*SCORES.values(), *QUICK.values()) for score in scores}
    assert set(named) <= set(MEANING)
    for name, score in named.items():
        said = MEANING[name].endswith("lower is better")
        assert said == (score.better == "lower"), name


def test_what_the_verdict_knows_by_name_is_a_baseline():
    folder = Path(baselines.__file__).parent
    source = "".join(path.read_text() for path in folder.glob("*.py"))
    assert all(f'"{name}"' in source for name in BLIND)
    assert all(f'"{name}"' in (folder.parents[1] / "flow" / "close.py").read_text() for name in BEYOND)


@every
@pytest.mark.parametrize(("rival", "said"), [(-0.05, "as well"), (0.05, "as well"), (0.2, "better"), (-0.2, "")])
def test_a_baseline_that_keeps_up_stands_in_the_first_line_and_on_the_page(key, rival, said, capsys):
    scores = scored(key, rival)
    print_scores(scores)
    printed = " ".join(capsys.readouterr().out.split("\n\n")[0].split())
    first = f"The rival baseline does {said}" if said else f"{MAIN[key].name} 0.500 (0.400 to 0.600, n=99), against"
    assert printed.startswith(first)
    page = render(Scored(scores))
    assert first in page.replace("&#39;", "'")
    assert ('class="verdict caution"' in page) == bool(said)


def test_a_baseline_without_a_look_at_the_inputs_means_that_nothing_was_learned(capsys):
    for name in sorted(BLIND):
        print_scores(scored("Span", 0.2, name))
        assert "nothing was learned" in " ".join(capsys.readouterr().out.split())


def test_real_pictures_are_no_rival(capsys):
    (best,) = BEYOND
    print_scores(scored("Image:made", 0.3, best))
    assert "against 0.800 for the best baseline (poor)" in " ".join(capsys.readouterr().out.split())
