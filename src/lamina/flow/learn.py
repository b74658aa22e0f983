"""From arrays to weights: the recipe chosen, the plan measured, the net trained; what is there already is kept."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import torch

from ..config import build
from ..data.batches import Batches
from ..data.mirrored import mirror_kept, no_up
from ..forms import Batch
from ..kinds import Category, Image, Schema
from ..kinds.boxes import Boxes
from ..kinds.mask import Mask
from ..metrics import quick_of
from ..metrics.made import UNJUDGED
from ..objectives import OBJECTIVES, Asked, Objective, play_for
from ..ragged import Ragged
from ..ranks import ALONE, Ranks, neighbours
from ..recipe import Choice, Net, Recipe, build_net, choose, fit_budget, kept_recipe, settle
from ..rng import key
from ..room import Room
from ..run import RunDirectory
from ..run.tensors import to_bytes
from ..teller import Pace, Teller
from ..train import (
    Plan,
    Progress,
    Session,
    Stall,
    ValidationJudge,
    cores,
    default_plan,
    expected_seconds,
    fit,
    measure,
    stopping,
    work_of,
)
from ..weights import read_backbone, read_run, read_start
from .disk import Disk, Follower
from .helpers import helpers_of
from .prepare import Decoded
from .refuse import kept_model, read_plan, refuse_ranks, refuse_unfit
from .request import Request

DEFAULT_SECONDS = 300.0  # what a run may take when no budget is given
WORTH_TIMING = 20.0  # a run expected to take longer is timed first
TIMING_SECONDS, TIMING_SHARE = 3.0, 1 / 15  # for all ways together, at most, and of what the run is expected to take
JUDGED = 512  # rows of a batch, at most, that a sweep takes four times as many of at once


class Learning:
    """One training, from the recipe to the weights, for so many processes as `ranks` says."""

    def __init__(self, request: Request, run: RunDirectory, prepared: Decoded, teller: Teller, ranks: int = 1):
        self.request, self.run, self.prepared, self.teller, self.ranks = request, run, prepared, teller, ranks
        self.schema: Schema = prepared.schema
        self.pictures = any(isinstance(f.kind, Image) for f in self.schema.inputs)
        self.rows = len(prepared.store.part("train"))

    def recipe(self) -> Recipe:
        """The recipe of the run: as kept, or chosen now and kept."""
        if self.run.has("recipe.json"):
            return kept_recipe(self.run.read_json("recipe.json"))
        asked = self.request
        begun = kept_model(asked.start) if asked.start else None
        recipe, choices = choose(
            self.schema,
            self.rows,
            model=asked.model,
            objective=asked.objective,
            budget=asked.budget,
            seed=asked.seed,
            weights=asked.weights,
            mirror=self._mirror(),
        )
        if begun:
            recipe = dataclasses.replace(recipe, model=begun)
            choices = [c for c in choices if c.what != "model"]
            choices.insert(0, Choice("model", str(begun["name"]), "that of the run it goes on from"))
        settled = settle(recipe, asked.config, list(asked.settings))
        for word in asked.settings:
            name, _, value = word.partition("=")
            choices.append(Choice(name, value, "asked for with --set"))
        self.keep(settled, choices)
        if OBJECTIVES[settled.objective].link == "made" and not asked.judge:
            self.teller.warn(f"there will be no score: {UNJUDGED}")
        return settled

    def _mirror(self) -> float | None:
        """How well training pictures bear mirroring, left for right, those with masks or boxes upside down; None where
        that is not asked or they do not say. Of several pictures in a row the one that bears it least."""
        images = [f for f in self.schema.inputs if isinstance(f.kind, Image)]
        target, part = self.schema.target, self.prepared.store.part("train")
        if isinstance(target.kind, Mask | Boxes):
            return no_up(np.asarray(part.inputs[images[0].name]))
        if not images or not isinstance(target.kind, Category):
            return None
        codes = np.asarray(part.targets[target.name])
        found = [mirror_kept(np.asarray(part.inputs[f.name]), codes) for f in images]
        return min((kept for kept in found if kept is not None), default=None)

    def keep(self, recipe: Recipe, choices: list[Choice]) -> None:
        """Write recipe.json."""
        kept = {"recipe": dataclasses.asdict(recipe), "choices": [dataclasses.asdict(c) for c in choices]}
        self.run.write("recipe.json", kept)

    def net(self, recipe: Recipe) -> Net:
        """The net of the recipe, with the weights of another where asked."""
        net = build_net(recipe, self.schema, context=self.prepared.context)
        if self.request.start:
            self.teller.say("from", read_start(Path(self.request.start), net).summary())
        if self.request.weights:
            path = Path(self.request.weights)
            read = read_run if (path / "weights.safetensors").is_file() else read_backbone
            self.teller.say("weights", read(path, net.body).summary())
        return net

    def objective(self, recipe: Recipe, net: Net) -> Objective:
        """The game of the recipe, played for a net. What else learns in it, as a critic, begins the same each time."""
        torch.manual_seed(key(recipe.seed, "game"))
        helpers = helpers_of(self.run, self.request, self.schema)
        return play_for(recipe.objective, Asked(net, self.schema, recipe.game, helpers))

    def batches(self, recipe: Recipe) -> Batches:
        """The training rows in batches."""
        part = self.prepared.store.part("train")
        return Batches(part, self.schema, recipe.train.batch, recipe.seed, recipe.augment)

    def plan(
        self, recipe: Recipe, net: Net, batches: Batches, left: float, closing: float = 0.0
    ) -> tuple[Plan, Recipe]:
        """How the machine runs it: as kept, from a file, by default or as timed; a default budget is cut to fit. In a
        run of minutes `left` seconds are left to train, and `closing` are kept for what comes after."""
        if self.run.has("plan.json"):
            return self.kept_plan(), recipe
        objective = self.objective(recipe, net)
        word = self.request.plan
        refuse_unfit(recipe, objective, self.rows, Plan(slices=recipe.train.slices))
        refuse_ranks(recipe, self.rows // batches.steps_per_epoch, self.ranks)
        threads = max(1, cores() // neighbours(self.ranks))
        slices = max(recipe.train.slices, self.ranks if objective.additive else 1)
        first: Batch = next(next(iter(batches(0))).slices(self.ranks))
        if word not in ("", "default", "measure"):
            plan = read_plan(word)
        else:
            work = work_of(objective, first)
            plan = default_plan(recipe, pictures=self.pictures, work=work, threads=threads)
            steps = recipe.budget.steps or recipe.budget.epochs * batches.steps_per_epoch
            expected = recipe.budget.minutes * 60 or expected_seconds(work, steps, plan.threads)
            if word == "measure" or (not word and expected > WORTH_TIMING):
                left = left or expected
                even = OBJECTIVES[recipe.objective].even and not any(
                    isinstance(a, Ragged) for a in batches.part.inputs.values()
                )
                seconds = min(TIMING_SECONDS, max(expected, WORTH_TIMING) * TIMING_SHARE)
                plan = measure(recipe, objective, first, plan, seconds=seconds, left=left, threads=threads, even=even)
                if plan.slices > recipe.train.slices:
                    self.teller.warn(f"memory ran out while timing: a batch is taken in {plan.slices} slices")
        if plan.step_ms and self.request.budget is None:
            recipe, choice = fit_budget(recipe, self.rows, plan.step_ms, DEFAULT_SECONDS)
            if choice is not None:
                kept = self.run.read_json("recipe.json")
                self.keep(recipe, [*(Choice(**c) for c in kept.get("choices", []) if c["what"] != "budget"), choice])
        every = self._judge_every(recipe, plan, batches, left)
        again = plan.recompute or recipe.train.recompute
        plan = dataclasses.replace(
            plan,
            judge_every=every,
            slices=max(plan.slices, slices),
            closing=closing,
            recompute=again,
            sharded=recipe.train.sharded,
        )
        self.run.write("plan.json", plan.to_json())
        return plan, recipe

    def _judge_every(self, recipe: Recipe, plan: Plan, batches: Batches, left: float) -> int:
        """Steps between judgements: an epoch, or for a run of minutes about a fifteenth of it where that is more."""
        if recipe.train.judge_every:
            return recipe.train.judge_every
        per_epoch = batches.steps_per_epoch
        total = recipe.budget.steps or recipe.budget.epochs * per_epoch
        if recipe.budget.minutes:
            total = int(left * 1000 / plan.step_ms) if plan.step_ms else 15 * per_epoch
        return max(1, min(per_epoch, total) if total < 15 * per_epoch else max(per_epoch, total // 30))

    def kept_plan(self) -> Plan:
        """The plan that training ran under."""
        return build(Plan, self.run.read_json("plan.json"))

    def train(
        self, recipe: Recipe, net: Net, plan: Plan, batches: Batches, seconds: float, ranks: Ranks = ALONE
    ) -> Stall:
        """Train, or take up where a checkpoint is; write the weights, and say how long a step waits for its batch.
        `seconds` is what a run of minutes has left. Where `ranks` are several, this process plays its share, and the
        first of them writes."""
        target = self.schema.target
        valid = self.prepared.store.part("valid")
        rows = Batches(valid, self.schema, min(JUDGED, recipe.train.batch), recipe.seed)
        objective = self.objective(recipe, net)
        quick, told = quick_of(target.kind, target.link), OBJECTIVES[recipe.objective].judged
        names = {s.name: s for s in quick}
        main = names.get("log_loss") or next(iter(quick), None)  # a proper score: accuracy is a step function
        shown = quick[0].name if quick else ""
        cut = "of a net that is cut over several processes" if plan.sharded and ranks.many else ""
        room, stall = Room(self.teller.warn, cut), Stall()
        judge = ValidationJudge(rows, target, plan, objective, ranks, room) if main and told and len(valid) else None
        total = recipe.budget.steps or recipe.budget.epochs * batches.steps_per_epoch
        with self.teller.bar("train", total or 1.0) as tell:
            pace = Pace()

            def observe(p: Progress) -> None:
                best = "" if p.scores is None else f" · best {shown} {p.scores.get(shown, float('nan')):.3f}"
                words = [f"loss {p.loss:.3f}{best}", pace.said(p.step, "step")]
                tell(p.step if total else p.share, " · ".join(filter(None, words)))

            of = {**dataclasses.asdict(recipe), "data": self.prepared.store.key}
            session = Session(
                recipe,
                steps_per_epoch=batches.steps_per_epoch,
                seconds=seconds,
                keeper=(Disk if ranks.first else Follower)(self.run, self.teller, of, ranks if plan.sharded else ALONE),
                main=(main.name, main.better) if main else ("loss", "lower"),
                judge_every=plan.judge_every,
                observe=observe,
                ranks=ranks,
            )
            with stopping(session):
                watched, aside = stall.watched(batches.coming), stall.aside(judge) if judge else None
                fit(objective, watched, recipe, plan, session, aside)
        if not ranks.first:
            return stall
        self.run.record("log.jsonl")
        self.run.write("weights.safetensors", to_bytes({k: v.contiguous() for k, v in net.state_dict().items()}))
        return stall
