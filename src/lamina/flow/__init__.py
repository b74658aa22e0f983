"""The way from a source to a report, step by step; each step is redone from the run directory alone when it must be."""

from __future__ import annotations

import dataclasses
import shlex
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..config import build
from ..errors import LaminaError, RunError, Stopped
from ..findings import Findings
from ..predict import Predictor
from ..ranks import Ranks, started
from ..room import Room
from ..run import RunDirectory
from ..teller import Teller
from .asked import as_asked
from .clock import Stages, began, environment
from .close import Validation, calibrate, close, write_report
from .foresee import closing_seconds
from .learn import Learning
from .prepare import data_settings, look, prepare, refuse_other_data
from .refuse import refuse_early, stop_unread
from .request import Request, refuse_different, request_from_json, whole
from .run import Run, Score
from .team import called, follow, together
from .words import say_data, say_loader, say_recipe

__all__ = [
    "Request",
    "Run",
    "Score",
    "as_asked",
    "begin",
    "data_settings",
    "free_name",
    "go_on",
    "look",
]


def begin(
    request: Request, source: Any, out: Path | str | None, teller: Teller, *, resume: bool = False, ranks: int = 1
) -> Run:
    """A new run from a request. With `resume`, where `out` already holds a run of an equal request, go on with it.
    `ranks`: processes of this machine that train together; what torchrun started trains together anyway.

    A run that is refused before training leaves nothing behind, so that the mended command can be typed as it was.
    Raises LaminaError in the user's words; Stopped when asked to stop, with everything saved.
    """
    return _led(lambda team: _begin(request, source, out, team, resume), teller, ranks)


def go_on(
    path: Path | str, teller: Teller, source: Any = None, asked: Mapping[str, Any] | None = None, ranks: int = 1
) -> Run:
    """Take a run up where it is; a finished one is left as it is. `asked` may repeat what the run was asked for, and of
    `ranks` there may be more or fewer than before."""
    return _led(lambda team: _go_on(path, source, asked, team), teller, ranks)


@dataclass(frozen=True)
class Team:
    """Who carries a run out: the processes that were started together, how many are to train, who is told, and when
    they began."""

    ranks: Ranks
    count: int
    teller: Teller
    began: float

    def training_seconds(self, minutes: float, closing: float = 0.0) -> float:
        """What a budget of minutes leaves for training now: less what is spent, and what the closing will take."""
        if not minutes:
            return 0.0
        spent = time.monotonic() - self.began
        left = 60 * minutes - closing - spent
        if left <= 0:
            kept = f", {closing:.0f} s are kept for scoring" if closing else ""
            raise RunError(
                f"{minutes:g} minutes are spent before training could begin ({spent:.0f} s went on reading{kept})",
                expected="a budget that reading, the baseline and scoring fit into",
                fix=f"--minutes {minutes + (spent + closing) / 60:.1f}",
            )
        return left


def _led(lead: Callable[[Team], Run], teller: Teller, count: int) -> Run:
    """A run as the first process leads it. Another process follows, and has the run when the first is done."""
    moment = began()
    with _undisturbed(), started() as ranks:
        if ranks.first:
            run = lead(Team(ranks, ranks.world if ranks.many else count, teller, moment))
            ranks.say()
        else:
            run = Run(follow(ranks))
            ranks.say()
        return run


@contextmanager
def _undisturbed() -> Iterator[None]:
    """torch's random numbers and threads are the caller's again afterwards."""
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_rng_state(state)
        torch.set_num_threads(threads)


def _begin(request: Request, source: Any, out: Path | str | None, team: Team, resume: bool) -> Run:
    request = whole(request)
    refuse_early(request)
    if resume and out and Path(out).exists():
        run = RunDirectory.open(out)
        refuse_different(request_from_json(run.request), request)
        refuse_other_data(run, request, source)
        return _carry_out(run, request, source, team)
    run = _created(request, out)
    try:
        return _carry_out(run, request, source, team)
    except LaminaError as error:
        if not isinstance(error, Stopped) and not run.has("plan.json"):
            run.discard("store")
        raise


def _created(request: Request, out: Path | str | None) -> RunDirectory:
    """A new directory of the name asked for, or of the first that is free, which another process may take meanwhile."""
    while True:
        path = Path(out) if out else free_name(Path("runs"), request.source)
        try:
            return RunDirectory.create(path, request.to_json())
        except RunError:
            if out or not path.exists():
                raise


def _go_on(path: Path | str, source: Any, asked: Mapping[str, Any] | None, team: Team) -> Run:
    run = RunDirectory.open(path)
    kept = request_from_json(run.request)
    if asked:
        now = build(Request, {**dataclasses.asdict(kept), **asked})
        refuse_different(kept, now if now.config == kept.config and now.settings == kept.settings else whole(now))
    if source is not None:
        refuse_other_data(run, kept, source)
    return _carry_out(run, kept, source, team)


def _carry_out(run: RunDirectory, request: Request, source: Any, team: Team) -> Run:
    try:
        with run.hold():
            return _stages(run, request, source, team)
    except (KeyboardInterrupt, Stopped) as stop:
        said = stop.what if isinstance(stop, Stopped) else "stopped; what was finished is saved"
        raise Stopped(said, fix=f"lamina fit {shlex.quote(str(run.path))} --resume") from None


def _stages(run: RunDirectory, request: Request, source: Any, team: Team) -> Run:
    teller = team.teller
    if run.has("scores.json") and run.has("report.html"):  # a page of what there is may be asked for at any time
        teller.say("finished", f"{run.path}; nothing is left to do")
        shutil.rmtree(run.path / "store", ignore_errors=True)  # a kill may have come before
        called(run, team.ranks)
        return Run(run.path)
    stages = Stages()
    with stages.stage("read"):
        prepared = prepare(request, request.source if source is None else source, run, data_settings(request), teller)
    stop_unread(request, prepared.data["facts"], found := Findings())
    found.raise_errors()
    say_data(prepared.data, teller)
    teller.say("run", str(run.path))
    learning = Learning(request, run, prepared, teller, team.count)
    recipe = learning.recipe()
    if not run.has("weights.safetensors"):
        net, batches = learning.net(recipe), learning.batches(recipe)
        with stages.stage("plan"):
            timed = request.minutes and not run.has("plan.json")
            closing = closing_seconds(run, prepared, recipe, net, 60 * request.minutes, teller) if timed else 0.0
            left = team.training_seconds(request.minutes, closing)
            plan, recipe = learning.plan(recipe, net, batches, left, closing)
        say_recipe(recipe, net, plan, batches.steps_per_epoch, teller)
        with stages.stage("train"), together(run, team.ranks, team.count) as ranks:
            stall = learning.train(
                recipe, net, plan, batches, team.training_seconds(request.minutes, plan.closing), ranks
            )
        loader = stall.means()
        say_loader(loader, teller)
        run.write("environment.json", environment(torch.get_num_threads(), stages.seconds, loader))
    else:
        called(run, team.ranks)
        loader = run.read_json("environment.json").get("loader", {}) if run.has("environment.json") else {}
    with stages.stage("score"):
        learning.kept_plan().use_threads()  # sums differ in the last bits by the number of threads
        room = Room(teller.warn)
        valid = Validation.of(Predictor.load(run, room), prepared, recipe.seed)
        calibrate(run, prepared.schema.target.kind, valid)
        close(run, prepared, valid, request, recipe.seed, teller=teller, room=room)
    run.write("environment.json", environment(torch.get_num_threads(), stages.seconds, loader))
    write_report(run)
    shutil.rmtree(run.path / "store", ignore_errors=True)
    return Run(run.path)


def free_name(folder: Path, source: str) -> Path:
    """runs/<source>-<n> with the first n that is free."""
    stem = Path(source).name.split(".")[0] or "data"
    number = 1
    while (folder / f"{stem}-{number}").exists():
        number += 1
    return folder / f"{stem}-{number}"
