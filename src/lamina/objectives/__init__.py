"""Games: what training makes smaller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import nn

from ..config import build
from ..errors import PlanError, SettingError, nearest
from ..kinds import Category, Image, Kind, Link, Schema
from ..kinds.episode import Episode
from ..kinds.match import Match
from .alphazero import AlphaZero, AlphaZeroPlan
from .base import Maker, Objective, Turn, maker_of
from .clip import Clip
from .ddpm import Ddpm, DdpmPlan
from .distil import Distil, DistilPlan
from .dqn import Dqn, DqnPlan
from .gan import Gan, GanPlan
from .masked import Masked
from .ppo import Ppo, PpoPlan
from .prototypes import Prototypes, PrototypesPlan
from .reconstruct import DenoisePlan, Reconstruct, ReconstructPlan
from .simclr import SimClr, SimClrPlan
from .spans import Spans, SpansPlan
from .supervised import Supervised
from .vae import Vae, VaePlan


@dataclass(frozen=True)
class Asked:
    """What a game is made from: the net that is to learn, the schema of its rows, its own settings, and frozen modules
    by name (a teacher, a judge)."""

    net: nn.Module
    schema: Schema
    settings: Mapping[str, Any] = field(default_factory=dict)
    helpers: Mapping[str, nn.Module] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """The name of the column that is learned."""
        return self.schema.target.name

    @property
    def kind(self) -> Kind:
        """The kind of the column that is learned."""
        return self.schema.target.kind


@dataclass(frozen=True)
class Game:
    """An objective by name. `link` is what it makes of the target, None where the data says; `settings` names what
    --set game.NAME may change, with what it is otherwise. `judged`: its figures on validation rows say how good the
    product is; where not, the last averaged weights are kept. `helper`: the run it cannot play without. `even`: whether
    the net meets batches of one size, without which compiling it does not pay. `spread`: whether the rows of a batch
    may stand in several processes, where batch norms read all of them."""

    name: str
    make: Callable[[Asked], Objective]
    link: Link | None
    says: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    judged: bool = True
    helper: str = ""
    even: bool = True
    spread: bool = True


def _supervised(asked: Asked) -> Objective:
    return Supervised(asked.net, asked.target)


def _masked(asked: Asked) -> Objective:
    return Masked(asked.net, asked.schema, share=float(asked.settings["share"]))


def _spans(asked: Asked) -> Objective:
    return Spans(asked.net, asked.schema, build(SpansPlan, asked.settings, where="game."))


def _reconstruct(asked: Asked) -> Objective:
    return Reconstruct(asked.net, asked.target, build(ReconstructPlan, asked.settings, where="game."))


def _vae(asked: Asked) -> Objective:
    if not hasattr(asked.net.body, "cloud"):
        raise PlanError("the objective vae needs a model that gives a cloud of codes", fix="--model vae")
    return Vae(asked.net, asked.target, build(VaePlan, asked.settings, where="game."))


def _gan(asked: Asked) -> Objective:
    kind, given = asked.kind, [f.kind for f in asked.schema.inputs if isinstance(f.kind, Category)]
    assert isinstance(kind, Image)
    if not hasattr(asked.net.body, "noise"):
        raise PlanError("the objective gan needs a model that grows from noise", fix="--model dcgan")
    classes = len(given[0].labels) if given else 0
    shape = (kind.channels, kind.height, kind.width)
    return Gan(asked.net, asked.target, shape, classes, build(GanPlan, asked.settings, where="game."))


def _ddpm(asked: Asked) -> Objective:
    if not hasattr(asked.net.body, "shape"):
        raise PlanError("the objective ddpm needs a model that is told how noisy a picture is", fix="--model ddpm_unet")
    return Ddpm(asked.net, asked.target, build(DdpmPlan, asked.settings, where="game."))


def _prototypes(asked: Asked) -> Objective:
    return Prototypes(asked.net, asked.target, build(PrototypesPlan, asked.settings, where="game."))


def _simclr(asked: Asked) -> Objective:
    return SimClr(asked.net, asked.target, build(SimClrPlan, asked.settings, where="game."))


def _clip(asked: Asked) -> Objective:
    return Clip(asked.net, asked.target)


def _distil(asked: Asked) -> Objective:
    if not isinstance(asked.kind, Category):
        raise PlanError(
            f"the objective distil teaches classes, and the target is of kind {type(asked.kind).__name__}",
            expected="a target of kind Category",
            fix="--objective supervised",
        )
    return Distil(asked.net, asked.target, asked.helpers["teacher"], build(DistilPlan, asked.settings, where="game."))


def _undropped(asked: Asked) -> None:
    """Raises PlanError for a net that silences a share of itself: what acted would be another net than what learns."""
    if any(isinstance(module, nn.Dropout) and module.p for module in asked.net.modules()):
        raise PlanError(
            "a net that acts while it learns has dropout, so what is learned from was done by another net",
            expected="no dropout",
            fix="--set model.drop=0",
        )


def _ppo(asked: Asked) -> Objective:
    assert isinstance(asked.kind, Episode)
    _undropped(asked)
    return Ppo(asked.net, asked.target, asked.kind, build(PpoPlan, asked.settings, where="game."))


def _dqn(asked: Asked) -> Objective:
    assert isinstance(asked.kind, Episode)
    _undropped(asked)
    return Dqn(asked.net, asked.target, asked.kind, build(DqnPlan, asked.settings, where="game."))


def _alphazero(asked: Asked) -> Objective:
    assert isinstance(asked.kind, Match)
    return AlphaZero(asked.net, asked.target, asked.kind, build(AlphaZeroPlan, asked.settings, where="game."))


OBJECTIVES: dict[str, Game] = {
    game.name: game
    for game in (
        Game("supervised", _supervised, None, "learn the answers; of a text or music alone, what comes next"),
        Game("masked", _masked, "masked", "hide some words of a text and learn them from the others", {"share": 0.15}),
        Game("span", _spans, "spans", "take runs of words out of a text and write them", asdict(SpansPlan())),
        Game("autoencode", _reconstruct, "same", "squeeze a picture to a code and back", asdict(ReconstructPlan())),
        Game("denoise", _reconstruct, "same", "draw a picture again from one with noise on it", asdict(DenoisePlan())),
        Game("vae", _vae, "bound", "a bound on how likely pictures are; draws new ones from codes", asdict(VaePlan())),
        Game("gan", _gan, "made", "a generator against a critic: pictures of a class", asdict(GanPlan()), judged=False),
        Game("ddpm", _ddpm, "made", "take noise away step by step: pictures of a class", asdict(DdpmPlan())),
        Game(
            "prototypes", _prototypes, "alike", "tell classes by a few examples", asdict(PrototypesPlan()), spread=False
        ),
        Game(
            "simclr", _simclr, "views", "know a picture again in another view of it", asdict(SimClrPlan()), spread=False
        ),
        Game("clip", _clip, "paired", "bring a picture and what is said of it together", spread=False),
        Game(
            "ppo",
            _ppo,
            "acted",
            "act, move the policy towards what came out better",
            asdict(PpoPlan()),
            even=False,
            spread=False,
        ),
        Game(
            "dqn",
            _dqn,
            "acted",
            "learn what each action is worth, take the best",
            asdict(DqnPlan()),
            even=False,
            spread=False,
        ),
        Game(
            "alphazero",
            _alphazero,
            "played",
            "play oneself by tree search",
            asdict(AlphaZeroPlan()),
            even=False,
            spread=False,
        ),
        Game("distil", _distil, None, "learn classes from a finished run", asdict(DistilPlan()), helper="teacher"),
    )
}


def game_of(name: str, settings: Mapping[str, Any]) -> Game:
    """The game of a name, whose settings are known. Raises SettingError for an unknown game or setting."""
    if name not in OBJECTIVES:
        raise SettingError(f'there is no objective "{name}"', expected=nearest(name, OBJECTIVES))
    game = OBJECTIVES[name]
    for key in settings:
        if key not in game.settings:
            known = nearest(key, game.settings) if game.settings else "no setting of the game: it has none"
            fix = "" if game.settings else f"leave game.{key} out"
            raise SettingError(f'the objective {name} has no setting "{key}"', expected=known, fix=fix)
    return game


def play_for(name: str, asked: Asked) -> Objective:
    """The objective of a name, made from what it asks for. Raises SettingError for an unknown one."""
    game = game_of(name, asked.settings)
    settings = {**game.settings, **asked.settings}
    return game.make(Asked(asked.net, asked.schema, settings, asked.helpers))


__all__ = [
    "OBJECTIVES",
    "Asked",
    "Clip",
    "Ddpm",
    "Distil",
    "Game",
    "Gan",
    "Maker",
    "Masked",
    "Objective",
    "Prototypes",
    "Reconstruct",
    "SimClr",
    "Spans",
    "Supervised",
    "Turn",
    "Vae",
    "game_of",
    "maker_of",
    "play_for",
]
