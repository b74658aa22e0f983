"""`python -m bench.peers [JOB …]`: each job with lamina and with what people use for it, side by side.

Each system is a process of its own on one core, and its time counts from start to end. First the smallest budget of
each whose final score on the locked test part reaches the target in 4 of 5 seeds is looked for, then all run in turn
for several rounds. `--quick` looks with one seed, and takes the times from that search.
"""

from __future__ import annotations

import argparse
import datetime
import os
import statistics
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from bench.chip import chip
from bench.peers.jobs import JOBS, Job, System, enough, smallest
from bench.peers.running import HERE, Ran, Runner, ceilings
from bench.peers.table import MISSED, Entry, table, verdicts, written

PAGE = HERE / "bench" / "results.md"
ALONE = 0.8  # of its wall seconds a system that has its core to itself is running, files and all
HEADING = "## Beside what people use (`make bench`)"


class Search:
    """Looks for the smallest budgets of a job, and keeps every run it made: by system, budget and seed."""

    def __init__(self, runner: Runner, job: Job, seeds: int):
        self.runner, self.job, self.seeds = runner, job, seeds
        self.runs: dict[tuple[str, int, int], Ran] = {}
        self.found: dict[str, int | None] = {}

    def look(self, system: System) -> int | None:
        """The smallest budget of a system, or None where none of those tried is enough."""
        if self.job.target is None:
            found: int | None = system.budgets[0]
        elif system.like:
            found = self.found[system.like]
        else:
            found = self.nested(system) if system.nested else self.one_by_one(system)
        self.found[system.name] = found
        return found

    def run(self, system: System, budget: int, seed: int, each: bool = False) -> Ran:
        """One run, said and kept."""
        ran = self.runner.run(self.job, system, budget, seed, each)
        say(self.job, system, len(ran.line["scores"]) if each else budget, seed, ran)
        self.runs[system.name, budget, seed] = ran
        return ran

    def nested(self, system: System) -> int | None:
        """From runs of the largest budget, judged after every epoch. One that reaches the target ends there, and counts
        as having reached it with every larger budget, which it is taken to spend at its own pace; none is begun after
        too many seeds have missed it."""
        runs: list[Ran] = []
        for seed in range(self.seeds):
            runs.append(self.run(system, system.budgets[-1], seed, each=True))
            missed = sum(not any(map(self.job.good, ran.line["scores"])) for ran in runs)
            if not enough(self.seeds - missed, self.seeds):
                return None
        longest = max(len(ran.line["scores"]) for ran in runs)
        scores = [[*seen, *[seen[-1]] * (longest - len(seen))] for seen in (ran.line["scores"] for ran in runs)]
        found = smallest(self.job, system.budgets[:longest], scores)
        if found is not None:
            for seed, ran in enumerate(runs):
                self.runs[system.name, found, seed] = of_length(ran, found)
        return found

    def one_by_one(self, system: System) -> int | None:
        """From a run for each budget and seed, until too many seeds have missed the target."""
        for budget in system.budgets:
            reached = missed = 0
            for seed in range(self.seeds):
                good = self.job.good(self.run(system, budget, seed).line["score"])
                reached, missed = reached + good, missed + (not good)
                if not enough(self.seeds - missed, self.seeds):
                    break
            if enough(reached, self.seeds):
                return budget
        return None


def of_length(ran: Ran, budget: int) -> Ran:
    """A run of several judgements as it would have been with one, after so many epochs: read off where it was judged
    then, and at its own pace where it had ended sooner."""
    known = len(ran.line["scores"])
    place, more = min(budget, known) - 1, max(0, budget - known)
    line = {**ran.line, "score": ran.line["scores"][place], "seen": ran.line["seen"] * budget / known}
    seconds = ran.at(place) + more * ran.line["marks"][-1] / known
    part = seconds / ran.seconds
    return Ran(line, seconds, ran.busy * part, ran.peak, ran.joules * part if ran.joules else None)


def say(job: Job, system: System, budget: int, seed: int, ran: Ran) -> None:
    """One line for a run as it ends."""
    score = f"{job.score} {ran.line['score']:.4f}" if job.score else ""
    score = f"{job.measure} {ran.line[job.measure]:.4g}" if job.measure else score
    print(f"  {system.name:<10} {budget:>4} {system.unit} seed {seed}  {ran.seconds:7.1f} s  {score}", flush=True)


def entry(job: Job, system: System, found: int | None, reached: str, runs: list[Ran]) -> Entry:
    """A system's line of the table."""
    cost = tuple(ran.line[job.measure] if job.measure else ran.seconds for ran in runs)
    scores = tuple(ran.line["score"] for ran in runs) if job.score else ()
    pace = statistics.median(ran.line.get("seen", 0) / ran.seconds for ran in runs)
    used = [ran.joules for ran in runs if ran.joules is not None]
    budget = f"{found if found is not None else system.budgets[-1]} {system.unit}" if job.score else ""
    peak = statistics.median(ran.peak for ran in runs)
    energy = statistics.median(used) if used else None
    busy = tuple(ran.busy for ran in runs)
    had = sum(busy) / sum(ran.seconds for ran in runs)
    told = [{**ran.line["stages"], "whole": ran.seconds} for ran in runs if "stages" in ran.line]
    stages = {name: statistics.median(one[name] for one in told) for name in (told[0] if told else ())}
    return Entry(system.name, budget, reached, cost, busy, scores, had, peak, pace, energy, stages)


def measure(job: Job, runner: Runner, systems: list[System], seeds: int, rounds: int) -> list[Entry]:
    """Look for the budgets, then run in turn for `rounds`; with no rounds the search's own runs are the figures."""
    search = Search(runner, job, seeds)
    print(f"\n{job.name}: {job.says}", flush=True)
    for system in systems:
        search.look(system)
    budgets = {s.name: search.found[s.name] or s.budgets[-1] for s in systems}
    timed: dict[str, list[Ran]] = {system.name: [] for system in systems}
    for seed in range(rounds):
        for system in systems:
            timed[system.name].append(search.run(system, budgets[system.name], seed))
    entries = []
    for system in systems:
        found, name = search.found[system.name], system.name
        looked = [search.runs.get((name, budgets[name], seed)) for seed in range(seeds)]
        runs = timed[name] or [ran for ran in looked if ran is not None]
        runs = runs or [search.run(system, budgets[name], seed=0)]
        good = sum(job.good(ran.line["score"]) for ran in looked if ran is not None) if job.score else 0
        reached = f"as {system.like}" if system.like else f"{good} of {seeds}"
        reached = "" if job.target is None else MISSED if found is None else reached
        entries.append(entry(job, system, found, reached, runs))
    return entries


def said(job: Job, entries: list[Entry], seeds: int, rounds: int, where: str) -> list[str]:
    """The part of the page: what was done, the table, and who is ahead."""
    aim = "" if job.target is None else f" to {job.score} {job.target:g}"
    how = f"{rounds} rounds in turn" if rounds else "One run each, read off the search"
    tried = "" if job.target is None else f"; smallest budget by {seeds} seed{'s' * (seeds > 1)}"
    had = min(entry.had for entry in entries)
    shared = had < ALONE and not job.measure
    alone = f" The core was shared, a system had {had:.0%} of it at least: go by processor seconds." if shared else ""
    ahead = [f"{name} ({ratio:.2f})" for name, ratio in verdicts(entries, shared).items() if ratio < 1]
    return [
        f"### {job.name}: {job.says}{aim}",
        "",
        f"{datetime.date.today()}, {where}. {how}{tried}.{alone}",
        f"Ahead of lamina: {', '.join(ahead) or 'none'}.",
        *parted(entries[0].stages),
        "",
        *table(job, entries),
    ]


def parted(stages: Mapping[str, float]) -> list[str]:
    """What lamina's seconds went into, where it tells."""
    if not stages:
        return []
    parts = {"reading": "read", "the plan": "plan", "training": "train", "baselines, calibration and scores": "score"}
    rest = stages["whole"] - sum(stages[name] for name in parts.values())
    words = ", ".join(f"{stages[name]:.1f} into {what}" for what, name in parts.items())
    return [f"Of lamina's {stages['whole']:.1f} s {words}, and {rest:.1f} into its start and the report."]


def main(words: list[str]) -> None:
    """Run the jobs named, or all, print each table and put it on the page of results."""
    asked = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    asked.add_argument("jobs", nargs="*", metavar="JOB", help=", ".join(job.name for job in JOBS))
    asked.add_argument("--systems", default="", help="some systems only, with commas; lamina always")
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--quick", action="store_true", help="one seed, and no rounds after the search")
    asked.add_argument("--core", type=int, default=min(os.sched_getaffinity(0)) if sys.platform == "linux" else 0)
    asked.add_argument("--python", default=str(HERE / ".venv-peers" / "bin" / "python"), help="of the peers")
    asked.add_argument("--page", type=Path, default=PAGE)
    given = asked.parse_args(words)
    if sys.platform == "linux":
        os.sched_setaffinity(0, {given.core})  # what is started from here on inherits it
    seeds, rounds = (1, 0) if given.quick else (given.seeds, given.rounds)
    where = f"{chip()}; {ceilings()}; all on core {given.core}"
    known = {job.name: job for job in JOBS}
    for name in given.jobs or known:
        if name not in known:
            raise SystemExit(f"there is no job {name}; jobs: {', '.join(known)}")
        job = known[name]
        if job.lacking:
            print(f"{name}: left out, {job.needs} is not in the data folder")
            continue
        chosen = given.systems.split(",") if given.systems else [s.name for s in job.systems]
        systems = [s for s in job.systems if s.name in {"lamina", *chosen}]
        runner = Runner(given.python)
        lines = said(job, measure(job, runner, systems, seeds, rounds), seeds, rounds, where)
        print("\n".join(["", *lines]), flush=True)
        written(given.page, name, lines, HEADING)
    print(f"lamina {version('lamina')}, torch {version('torch')}; the peers' versions: bench/peers/requirements*.txt")


if __name__ == "__main__":
    main(sys.argv[1:])
