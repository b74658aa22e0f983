"""The arithmetic of the bench beside peers: the smallest budget, ratios, the page; with peers that are made up."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from bench.peers import __main__ as bench
from bench.peers.jobs import JOBS, Job, System, enough, smallest
from bench.peers.running import HERE, Ran, Runner
from bench.peers.script import Asked
from bench.peers.table import MISSED, Entry, ratios, table, verdicts, written

JOB = Job("toy", "a toy", (System("lamina", (1, 2, 3)), System("peer", (1, 2, 3), nested=True)), "accuracy", 0.9)


class Fake:
    """A runner whose systems score 0.1 less than the target until `needs` of them, and take 10 s a budget."""

    def __init__(self, **needs: int):
        self.needs, self.asked = needs, []

    def run(self, job: Job, system: System, budget: int, seed: int, each: bool = False) -> Ran:
        self.asked.append((system.name, budget, seed, each))
        scores = [0.95 if n >= self.needs[system.name] else 0.8 for n in range(1, budget + 1)]
        scores = scores if each else scores[-1:]
        marks = [10.0 * n for n in range(1, budget + 1)] if each else [10.0 * budget]
        judging = 1.0 * len(scores)
        line = {"score": scores[-1], "scores": scores, "marks": marks, "judging": judging, "seen": 100 * budget}
        return Ran(line, 5.0 + marks[-1] + judging, 4.0, 300.0)


def looked(job: Job, fake: Fake, seeds: int = 5, rounds: int = 0) -> dict[str, Entry]:
    return {entry.name: entry for entry in bench.measure(job, fake, list(job.systems), seeds, rounds)}


@pytest.mark.parametrize(("reached", "seeds", "good"), [(4, 5, True), (3, 5, False), (1, 1, True), (0, 1, False)])
def test_four_of_five_seeds_are_enough(reached, seeds, good):
    assert enough(reached, seeds) is good


def test_the_smallest_budget_is_the_first_that_enough_seeds_reach_the_target_with():
    assert smallest(JOB, (1, 2, 3), [[0.8, 0.91, 0.95]] * 4 + [[0.8, 0.8, 0.8]]) == 2
    assert smallest(JOB, (1, 2, 3), [[0.8, 0.91, 0.95]] * 3 + [[0.8, 0.8, 0.95]] * 2) == 3
    assert smallest(JOB, (1, 2), [[0.8, 0.89]]) is None


def test_a_score_that_should_be_low_reaches_its_target_from_above():
    low = replace(JOB, target=1.88, higher=False)
    assert smallest(low, (1, 2), [[1.9, 1.87]]) == 2


def test_a_nested_system_is_run_once_a_seed_and_another_from_the_least_budget_on():
    fake = Fake(lamina=2, peer=3)
    found = looked(JOB, fake, seeds=2)
    assert (found["lamina"].budget, found["peer"].budget) == ("2 epochs", "3 epochs")
    assert fake.asked == [
        ("lamina", 1, 0, False), ("lamina", 2, 0, False), ("lamina", 2, 1, False),
        ("peer", 3, 0, True), ("peer", 3, 1, True),
    ]  # fmt: skip


def test_a_run_read_off_at_an_earlier_epoch_pays_for_that_epoch_and_one_judgement():
    found = looked(JOB, Fake(lamina=1, peer=2), seeds=1)
    assert found["peer"].cost == (5 + 2 * 10 + 1,)
    assert found["peer"].scores == (0.95,)


def test_rounds_are_run_in_turn_at_the_budgets_found():
    fake = Fake(lamina=1, peer=2)
    found = looked(JOB, fake, seeds=1, rounds=2)
    assert [(name, budget) for name, budget, _, _ in fake.asked[-4:]] == [("lamina", 1), ("peer", 2)] * 2
    assert found["peer"].cost == (26.0, 26.0)
    assert ratios(found["peer"].cost, found["lamina"].cost) == [26 / 16] * 2


def test_a_system_that_learns_as_another_takes_its_budget_without_a_search():
    twin = replace(JOB, systems=(*JOB.systems, System("twin", (1, 2, 3), like="peer")))
    fake = Fake(lamina=1, peer=2, twin=9)
    assert looked(twin, fake, seeds=3)["twin"].reached == "as peer"
    assert [asked for asked in fake.asked if asked[0] == "twin"] == [("twin", 2, 0, False)]


def test_who_misses_the_target_is_not_ahead_of_anybody():
    found = list(looked(JOB, Fake(lamina=3, peer=9), seeds=1).values())
    assert found[1].reached == MISSED
    assert verdicts(found) == {}
    assert "≥ " in table(JOB, found)[-1]
    assert "≥ " not in table(JOB, list(looked(JOB, Fake(lamina=3, peer=1), seeds=1).values()))[-1]


def test_a_peer_that_is_faster_is_said_to_be_ahead():
    found = list(looked(JOB, Fake(lamina=3, peer=1), seeds=1).values())
    assert verdicts(found) == {"peer": 16 / 36}
    found = [replace(entry, had=0.95) for entry in found]
    assert "Ahead of lamina: peer (0.44)." in bench.said(JOB, found, 1, 0, "a machine")


def test_ratios_are_taken_round_by_round():
    entries = [Entry("lamina", "", "", (10.0, 20.0, 40.0), (1.0,)), Entry("peer", "", "", (20.0, 20.0, 20.0), (3.0,))]
    assert "| 1.00 (0.50 to 2.00) | 3.00 | 3.00 |" in table(JOB, entries)[-1]


def test_a_core_that_was_shared_is_said_with_the_share():
    found = list(looked(JOB, Fake(lamina=1, peer=1), seeds=1).values())
    assert "a system had 11% of it at least: go by processor seconds" in bench.said(JOB, found, 1, 0, "a machine")[2]
    assert verdicts(found, shared=True) == {"peer": 4 * 16 / 38 / 4}
    assert "shared" not in bench.said(JOB, [replace(entry, had=0.95) for entry in found], 1, 0, "a machine")[2]


def test_it_is_said_what_laminas_seconds_went_into():
    found = list(looked(JOB, Fake(lamina=1, peer=1), seeds=1).values())
    told = {"read": 1.0, "plan": 0.5, "train": 6.0, "score": 2.0, "whole": 12.0}
    said = bench.said(JOB, [replace(found[0], stages=told), *found[1:]], 1, 0, "a machine")
    assert "Of lamina's 12.0 s 1.0 into reading, " in said[4]
    assert "6.0 into training" in said[4]
    assert said[4].endswith("and 2.5 into its start and the report.")


def test_a_job_measured_again_takes_its_own_place_on_the_page(tmp_path):
    page = tmp_path / "results.md"
    page.write_text("# Measured\n\n## Peers\n\nWords.\n\n## After\n\nMore.\n")
    for name, line in (("one", "old"), ("two", "2"), ("one", "new")):
        written(page, name, [line], "## Peers")
    text = page.read_text()
    assert "old" not in text
    assert text.index("Words.") < text.index("new") < text.index("\n2\n") < text.index("## After")
    assert text.count("<!-- peers one -->") == 1


def test_the_seconds_of_a_judgement_are_not_those_of_learning(monkeypatch):
    clock = iter([10.0, 13.0, 23.0, 26.0])
    monkeypatch.setattr("bench.peers.script.time", SimpleNamespace(perf_counter=lambda: next(clock)))
    given = Asked(2, began=0.0)
    given.judge(lambda: 0.5)
    given.judge(lambda: 0.6)
    assert (given.scores, given.marks, given.judging) == ([0.5, 0.6], [10.0, 20.0], 6.0)


def test_a_run_that_is_judged_on_the_way_says_when_a_score_is_enough():
    assert [Asked(1, until=0.9).judge(lambda s=s: s) for s in (0.89, 0.9)] == [False, True]
    assert [Asked(1, until=1.88, lower=True).judge(lambda s=s: s) for s in (1.9, 1.88)] == [False, True]
    assert not Asked(1).judge(lambda: 1.0)


def test_a_run_judged_on_the_way_ends_with_the_first_score_that_is_enough():
    runner = Runner("python")
    assert runner.command(JOB, JOB.systems[1], 3, 0, True, HERE)[-3:] == ["--each", "--until", "0.9"]
    assert "--until" not in runner.command(JOB, JOB.systems[1], 3, 0, False, HERE)


class Ending(Fake):
    """Runs that end with the first score that is enough, each seed one epoch later than the last."""

    def run(self, job: Job, system: System, budget: int, seed: int, each: bool = False) -> Ran:
        self.needs["peer"] = seed + 1
        return super().run(job, system, min(budget, seed + 1) if each else budget, seed, each)


def test_what_ended_sooner_has_reached_the_target_with_more():
    job = replace(JOB, systems=(JOB.systems[0], replace(JOB.systems[1], budgets=(1, 2, 3, 4, 5))))
    found = looked(job, Ending(lamina=1))["peer"]
    assert found.budget == "4 epochs"
    assert found.cost == (5 + 4 * 10 + 1,) * 5  # those that ended sooner at their own pace


def test_no_seed_is_begun_after_too_many_have_missed():
    fake = Fake(lamina=1, peer=9)
    assert looked(JOB, fake)["peer"].reached == MISSED
    assert [seed for name, _, seed, _ in fake.asked if name == "peer"] == [0, 1]


def test_a_process_says_what_it_cost_and_one_that_fails_is_named():
    runner = Runner(sys.executable)
    ran = runner.run(JOB, System("lamina", code="x = bytes(50_000_000)"), 1, 0)
    assert ran.seconds > 0
    assert ran.peak > 45
    with pytest.raises(SystemExit, match=r"raise ValueError\(7\)"):
        runner.run(JOB, System("lamina", code="raise ValueError(7)"), 1, 0)


def test_every_system_of_every_job_has_its_script():
    for job in JOBS:
        assert job.systems[0].name == "lamina"
        for system in job.systems:
            script = HERE / "bench" / "peers" / f"{job.name}_{system.name}.py"
            assert system.fit or system.code or script.exists(), script
            assert not system.like or system.like in {s.name for s in job.systems}
