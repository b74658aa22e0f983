"""A module cut over several processes: each holds some rows of every weight, and gathers blocks as they are called.

Cutting, gathering and adding up are torch's own: `fully_shard`, known as FSDP2, after Zhao et al. 2023,
https://arxiv.org/abs/2304.11277. What it keeps to itself, where the whole is and when a backward pass is over, is
asked for in this file and in `shards.py` alone; it was written for torch 2.13.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..ranks import GATHER, SCATTER, Ranks
from ..run.tensors import here, is_cut

LEAST = 2048  # numbers in a block; what is smaller is gathered with the rest


def shard(module: nn.Module, ranks: Ranks) -> None:
    """Cut a module over all processes, in place; each keeps its own rows, and the whole is freed."""
    from torch.distributed.device_mesh import DeviceMesh
    from torch.distributed.fsdp import fully_shard

    assert dist.group.WORLD is not None
    mesh = DeviceMesh.from_group(dist.group.WORLD, next(module.parameters()).device.type)
    single = {p for p in module.parameters() if p.dim() == 0}
    parts: list[Any] = [*blocks_of(module), module]
    for part in parts:
        part.register_forward_hook(unviewed)  # torch finds out by its outputs that a block is needed to go back
        fully_shard(part, mesh=mesh, reshard_after_forward=part is not module, ignored_params=single)
        part.set_gradient_divide_factor(1.0)  # losses are weighed by their items, so gradients are added up
        part.set_force_sum_reduction_for_comms(True)
        part.set_custom_all_gather(Gathers(ranks))
        part.set_custom_reduce_scatter(Adds(ranks))
    parts[-1].set_reshard_after_backward(False, recurse=False)
    state = parts[-1]._get_fsdp_state()
    state._lazy_init()  # before a part is called alone, and would be taken for the whole
    state._pre_forward_hook_handle.remove()  # what is outside of blocks is gathered and let go by hand
    state._post_forward_hook_handle.remove()
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


def unviewed(_module: nn.Module, _given: Any, made: Any) -> Any:
    """What a block made, where it is a view in memory of its own: who changes a view in place would drop what torch has
    noted there."""
    match made:
        case Tensor():
            return made.clone() if made._is_view() else made
        case tuple() | list():
            return type(made)(unviewed(_module, _given, x) for x in made)
        case dict():
            return {name: unviewed(_module, _given, x) for name, x in made.items()}
    return made


def is_sharded(module: nn.Module) -> bool:
    """Whether a module is one that torch gathers."""
    return hasattr(module, "_get_fsdp_state")


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
    if not is_cut(like):
        return x
    mesh = like.device_mesh
    if x.shape != here(like).shape:
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
