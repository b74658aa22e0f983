"""The game that training plays: whose turn it is, and that player's loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn

from ..forms import Batch
from ..rng import Rng


@dataclass(frozen=True)
class Turn:
    """One player's turn: its mean loss, and the items behind that mean (they weigh slices and ranks; of none, the loss
    is a sum). `grads`, by parameter that learns, where they are taken already, and then `norm`, the length of all of
    them together. `last`: it is known that no turn comes after it."""

    player: str
    loss: Tensor
    count: int
    grads: tuple[Tensor | None, ...] | None = None
    norm: Tensor | None = None
    last: bool = False


def row_by_row(net: nn.Module) -> bool:
    """Whether a net answers a row without looking at the others of its batch, as all but batch norm do."""
    return not any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in net.modules())


@runtime_checkable
class Maker(Protocol):
    """A game whose product makes something of its own: pictures."""

    def sample(self, inputs: dict[str, Tensor], count: int, rng: Rng) -> Tensor:
        """`count` answers as a head would decode them, one for each row of the inputs, which may be empty."""
        ...


def maker_of(game: object) -> Maker | None:
    """The game, where it is one that makes something."""
    return game if isinstance(game, Maker) else None


class Objective(Protocol):
    """A game. `turns` is a generator: it yields a turn, the loop moves that player and resumes it, so what is computed
    after a yield sees the player already moved."""

    additive: bool  # may a batch be cut into slices whose gradients add up to the whole batch's?
    apart: bool  # are the figures of a row the same whatever rows stand beside it?

    def players(self) -> dict[str, nn.Module]:
        """The modules that are moved, by name."""
        ...

    def modules(self) -> dict[str, nn.Module]:
        """Other modules the game uses and does not move: teachers, targets."""
        ...

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """The turns of one step on one batch, or on one slice of it."""
        ...

    def figures(self, batch: Batch, rng: Rng) -> Tensor | None:
        """(B, k) sums by row that quick scores are ratios of; None where the product's answers are scored instead."""
        ...

    def product(self) -> nn.Module:
        """What training is for: the module that is judged, kept and served."""
        ...

    def state(self) -> dict[str, Any]:
        """What the game remembers between steps beside its modules, as JSON."""
        ...

    def load(self, state: dict[str, Any]) -> None:
        """Take `state` back."""
        ...


class OneNet:
    """What games of one player without a memory share: the net is the player, and what training is for. `frozen` are
    modules that it leans on and does not move, by name."""

    net: Any
    apart = True
    frozen: Mapping[str, nn.Module] = MappingProxyType({})

    def players(self) -> dict[str, nn.Module]:
        """The net, called "model"."""
        return {"model": self.net}

    def modules(self) -> dict[str, nn.Module]:
        """Those that are not moved."""
        return dict(self.frozen)

    def product(self) -> nn.Module:
        """The net."""
        net: nn.Module = self.net
        return net

    def state(self) -> dict[str, Any]:
        """Nothing is remembered."""
        return {}

    def load(self, state: dict[str, Any]) -> None:
        """Nothing to take back."""
        assert not state
