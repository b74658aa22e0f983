"""What a process holds of a player: the whole, or its rows of every tensor, where the player is cut over several.

Cutting, gathering and adding up are torch's own (`fully_shard`, FSDP2; Zhao et al. 2023,
https://arxiv.org/abs/2304.11277). What is done to weights between steps, by optimisers, averages and checkpoints, is
done to plain tensors here: a process's rows of a weight, in the very memory that torch gathers from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..ranks import GATHER, SCATTER, Ranks

LEAST = 2048  # numbers in a block; what is smaller is gathered with the rest


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
        return torch.nn.utils.get_total_norm([p.grad for p in params if p.grad is not None])


WHOLE = Whole()


class Shards:
    """Every process holds its rows of each tensor of the player, those that `Ranks.rows` says.

    A block is gathered when it is called, forward and backward, and let go again. What stands outside of blocks (the
    way in, the way out, norms) is gathered as one by `open` and stays so until `close`, since games call parts of a net
    and methods of its head by themselves. What has no rows, a single number, is whole everywhere.
    """

    def __init__(self, module: nn.Module, ranks: Ranks):
        from torch.distributed.tensor import DTensor

        self.module, self.ranks, self.kind = module, ranks, DTensor
        self.cut: dict[Tensor, Any] = {}  # this process's rows -> the parameter as torch holds it

    def params(self, named: Mapping[str, nn.Parameter]) -> dict[str, nn.Parameter]:
        """This process's rows of each."""
        made = {}
        for name, p in named.items():
            made[name] = p
            if isinstance(p, self.kind):
                made[name] = nn.Parameter(p.detach().to_local())
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
        """This process's rows, where all are given or only these."""
        return x if x.shape == param.shape or param not in self.cut else fitted(self.cut[param], x).to_local()

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
            held.grad = None if p.grad is None else p.grad.to_local()

    def norm(self, params: Sequence[nn.Parameter]) -> Tensor:
        """From the squares of all processes; what is whole counts in the first."""
        here = [p.grad for p in params if p.grad is not None and (p in self.cut or self.ranks.first)]
        square = torch.nn.utils.get_total_norm(here).double().square()
        self.ranks.sum([square])
        return square.sqrt().to(params[0].dtype)

    def end(self) -> None:
        """Gather each weight into a parameter of its own, and take torch's hooks away."""
        self.close()
        made: dict[nn.Parameter, nn.Parameter] = {}  # a table that is used twice stays one
        for module in self.module.modules():
            for name, p in module._parameters.items():
                if isinstance(p, self.kind):
                    if p not in made:
                        rows = self.ranks.whole(p.detach().to_local(), len(p))
                        made[p] = nn.Parameter(rows, requires_grad=p.requires_grad)
                    module._parameters[name] = made[p]
        for module in list(self.module.modules()):
            if is_sharded(module):
                let_go(module)
        self.cut = {}


def shard(module: nn.Module, ranks: Ranks) -> None:
    """Cut a module over all processes, in place; each keeps its own rows, and the whole is freed."""
    from torch.distributed.device_mesh import DeviceMesh
    from torch.distributed.fsdp import fully_shard

    assert dist.group.WORLD is not None
    mesh = DeviceMesh.from_group(dist.group.WORLD, next(module.parameters()).device.type)
    single = {p for p in module.parameters() if p.dim() == 0}
    parts: list[Any] = [*blocks_of(module), module]
    for part in parts:
        fully_shard(part, mesh=mesh, reshard_after_forward=part is not module, ignored_params=single)
        part.set_gradient_divide_factor(1.0)  # losses are weighed by their items, so gradients are added up
        part.set_force_sum_reduction_for_comms(True)
        part.set_custom_all_gather(Gathers(ranks))
        part.set_custom_reduce_scatter(Adds(ranks))
    parts[-1].set_reshard_after_backward(False, recurse=False)
    parts[-1]._get_fsdp_state()._lazy_init()  # before a part is called alone, and would be taken for the whole
    for part in parts:  # room is made now, for tensors that are made while a product is judged serve no training
        part.unshard()
        part.reshard()


def blocks_of(module: nn.Module) -> Iterator[nn.Module]:
    """The parts of a module that are gathered one by one: what stands in its lists and sequences, where it is large
    enough and shares no weight with the rest."""
    uses = Counter(id(p) for _, p in module.named_parameters(remove_duplicate=False))

    def inside(part: nn.Module, listed: bool) -> Iterator[nn.Module]:
        a_list = isinstance(part, nn.ModuleList | nn.Sequential)
        held = Counter(id(p) for _, p in part.named_parameters(remove_duplicate=False))
        large = sum(p.numel() for p in part.parameters()) >= LEAST
        if listed and not a_list and large and all(uses[p] == count for p, count in held.items()):
            yield part
            return
        for child in part.children():
            yield from inside(child, a_list)

    yield from inside(module, False)


def is_sharded(module: nn.Module) -> bool:
    """Whether a module is one that torch gathers."""
    return hasattr(module, "_get_fsdp_state")


def holding(module: nn.Module, ranks: Ranks) -> Holding:
    """What this process holds of a player."""
    return Shards(module, ranks) if is_sharded(module) else Whole()


def let_go(module: Any) -> None:
    """Make a module that torch gathers a plain one: its class and hooks as they were before."""
    state = module._get_fsdp_state()
    hooks = [state._pre_forward_hook_handle, state._post_forward_hook_handle]
    if state._fsdp_param_group is not None:
        hooks += state._fsdp_param_group._module_to_pre_save_state_dict_hook_handle.values()
        hooks += state._fsdp_param_group._module_to_pre_load_state_dict_hook_handle.values()
    for hook in hooks:
        hook.remove()
    module.__class__ = type(module).__bases__[1]


def fitted(like: Any, x: Tensor) -> Tensor:
    """A tensor cut as another is: of a whole this process's rows, of these themselves; as it is where that is whole."""
    if not hasattr(like, "to_local"):
        return x
    mesh = like.device_mesh
    if x.shape != like.to_local().shape:
        x = x[Ranks(mesh.get_local_rank(), mesh.size()).rows(len(x))]
    made: Tensor = type(like).from_local(x, mesh, like.placements, shape=like.shape, stride=like.stride())
    return made


def cut_as(module: nn.Module, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors by name, each cut as the one of that name in a module."""
    return {name: fitted(x, tensors[name]) for name, x in module.state_dict().items() if name in tensors}


class Told:
    """How torch's hooks speak with the other processes: as all of us do, so that who does not come is named."""

    def __init__(self, ranks: Ranks):
        self.ranks = ranks

    def allocate(self, size: Sequence[int], *, dtype: torch.dtype, device: torch.device) -> Tensor:
        """Room for what comes."""
        return torch.empty(*size, dtype=dtype, device=device)


class Gathers(Told):
    """All rows of all weights of a block."""

    def __call__(self, output_tensor: Tensor, input_tensor: Tensor, group: Any, async_op: bool = False) -> Any:
        return self.ranks.meet(lambda: GATHER(output_tensor, input_tensor, group=group, async_op=async_op))


class Adds(Told):
    """The gradients of this process's rows, of all processes' losses."""

    def __call__(self, output_tensor: Tensor, input_tensor: Tensor, group: Any, op: Any, async_op: bool = False) -> Any:
        return self.ranks.meet(lambda: SCATTER(output_tensor, input_tensor, op=op, group=group, async_op=async_op))
