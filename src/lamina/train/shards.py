"""What a process holds of a player: the whole, or its rows of every tensor, where the player is cut over several.

What is done to weights between steps, by optimisers, averages and checkpoints, is done to plain tensors: a process's
rows of a weight, in the very memory that torch gathers from (`cut.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ..ranks import Ranks
from ..run.tensors import here, is_cut
from .cut import fitted, is_sharded, let_go


class Holding(Protocol):
    """What a process holds of a player."""

    def params(self, named: Mapping[str, nn.Parameter]) -> dict[str, nn.Parameter]:
        """What stands for the player's parameters where they are moved, averaged and kept."""
        ...

    def is_cut(self, param: Tensor) -> bool:
        """Whether this process holds some rows of a parameter only."""
        ...

    def shape(self, param: Tensor) -> torch.Size:
        """The shape of the whole parameter."""
        ...

    def whole(self, param: Tensor, x: Tensor) -> Tensor:
        """The whole of something that is held as a parameter is, the same in all processes."""
        ...

    def own(self, param: Tensor, x: Tensor) -> Tensor:
        """This process's rows of what goes with a parameter: those of the whole, or they are all that is given."""
        ...

    def marked(self, param: Tensor, x: Tensor) -> Tensor:
        """What goes with a parameter, as one tensor that all processes hold together where it is cut as that is."""
        ...

    def open(self) -> None:
        """Gather what stands outside of blocks, before the player or a part of it is called."""
        ...

    def close(self) -> None:
        """Let it go, before weights are changed or after."""
        ...

    def forget(self) -> None:
        """Forget all gradients."""
        ...

    def backward_done(self) -> None:
        """Add up the gradients of all processes after one backward pass, which all of them have made."""
        ...

    def take(self) -> None:
        """Give to each parameter that is cut the gradient of its rows."""
        ...

    def norm(self, params: Sequence[nn.Parameter]) -> Tensor:
        """The length of the gradient of all parameters, of all their rows."""
        ...

    def end(self) -> None:
        """Make the player whole again in every process, for good."""
        ...


class Whole:
    """Every process holds all of the player."""

    def params(self, named: Mapping[str, nn.Parameter]) -> dict[str, nn.Parameter]:
        """The parameters themselves."""
        return dict(named)

    def is_cut(self, param: Tensor) -> bool:
        """None is."""
        del param
        return False

    def shape(self, param: Tensor) -> torch.Size:
        """Its own."""
        return param.shape

    def whole(self, param: Tensor, x: Tensor) -> Tensor:
        """As it is."""
        del param
        return x

    own = marked = whole

    def open(self) -> None:
        """Nothing."""

    close = forget = backward_done = take = end = open

    def norm(self, params: Sequence[nn.Parameter]) -> Tensor:
        """Their own."""
        return length([p.grad for p in params if p.grad is not None])


WHOLE = Whole()


class Shards:
    """Every process holds its rows of each tensor of the player, those that `Ranks.rows` says.

    A block is gathered when it is called, forward and backward, and let go again. What stands outside of blocks (the
    way in, the way out, norms) is gathered as one by `open` and stays so until `close`, since games call parts of a net
    and methods of its head by themselves. What has no rows, a single number, is whole everywhere.
    """

    def __init__(self, module: nn.Module, ranks: Ranks):
        self.module, self.ranks = module, ranks
        self.cut: dict[Tensor, Any] = {}  # this process's rows -> the parameter as torch holds it

    def params(self, named: Mapping[str, nn.Parameter]) -> dict[str, nn.Parameter]:
        """This process's rows of each."""
        made = {}
        for name, p in named.items():
            made[name] = p
            if is_cut(p):
                made[name] = nn.Parameter(here(p.detach()))
                self.cut[made[name]] = p
        return made

    def is_cut(self, param: Tensor) -> bool:
        """Whether it is some rows of a parameter."""
        return param in self.cut

    def shape(self, param: Tensor) -> torch.Size:
        """Of all rows."""
        return torch.Size(self.cut[param].shape) if param in self.cut else param.shape

    def whole(self, param: Tensor, x: Tensor) -> Tensor:
        """All rows, from all processes."""
        return self.ranks.whole(x, len(self.cut[param])) if param in self.cut else x

    def own(self, param: Tensor, x: Tensor) -> Tensor:
        """This process's rows, where all are given or only these; what has no rows, such as a count, is left."""
        return here(fitted(self.cut[param], x)) if param in self.cut and x.shape == self.shape(param) else x

    def marked(self, param: Tensor, x: Tensor) -> Tensor:
        """As torch marks a tensor that is cut."""
        return fitted(self.cut[param], x) if param in self.cut and x.shape == param.shape else x

    def open(self) -> None:
        """Gather what stands outside of blocks."""
        self.module.unshard()  # type: ignore[operator]

    def close(self) -> None:
        """Let it go."""
        self.module.reshard()  # type: ignore[operator]

    def forget(self) -> None:
        """Forget the gradients that were added up."""
        for p in self.cut.values():
            p.grad = None

    def backward_done(self) -> None:
        """Add up what the hooks of blocks have not: a game that called parts alone has called no hook of the whole."""
        self.module._get_fsdp_state()._root_post_backward_final_callback()  # type: ignore[operator]

    def take(self) -> None:
        """The gradients of this process's rows."""
        for held, p in self.cut.items():
            held.grad = None if p.grad is None else here(p.grad)

    def norm(self, params: Sequence[nn.Parameter]) -> Tensor:
        """From the squares of all processes; what is whole counts in the first."""
        mine = [p.grad for p in params if p.grad is not None and (p in self.cut or self.ranks.first)]
        square = length(mine).double().square()
        self.ranks.sum([square])
        return square.sqrt().to(params[0].dtype)

    def end(self) -> None:
        """Gather each weight into a parameter of its own, and take torch's hooks away."""
        self.close()
        made: dict[nn.Parameter, nn.Parameter] = {}  # a table that is used twice stays one
        for module in self.module.modules():
            for name, p in module.named_parameters(recurse=False, remove_duplicate=False):
                if is_cut(p):
                    if p not in made:
                        rows = self.ranks.whole(here(p.detach()), len(p))
                        made[p] = nn.Parameter(rows, requires_grad=p.requires_grad)
                    module._parameters[name] = made[p]
        for module in list(self.module.modules()):
            if is_sharded(module):
                let_go(module)
        self.cut = {}


def length(tensors: list[Tensor]) -> Tensor:
    """The root of the sum of squares of all numbers, for tensors of one device; as `torch.nn.utils.get_total_norm`."""
    if not tensors:
        return torch.tensor(0.0)
    made: Tensor = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(tensors)))
    return made


def holding(module: nn.Module, ranks: Ranks) -> Holding:
    """What this process holds of a player."""
    return Shards(module, ranks) if is_sharded(module) else Whole()
