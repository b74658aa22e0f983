"""The commands by which nets come from other libraries and go to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from . import options as opt
from .screen import print_json, screen_for


def import_(
    file: Annotated[str, typer.Argument(help="A checkpoint of torch: .pt, .pth, .bin, .ckpt.", show_default=False)],
    out: Annotated[str, typer.Option(metavar="FILE", help="A .safetensors file; it must not exist.")] = "",
    key: Annotated[str, typer.Option(metavar="NAME", help="Which tensors, where the file holds several.")] = "",
    json: opt.Json = False,
) -> None:
    """The tensors of another library's checkpoint as a plain file, for --weights; nothing in it is run."""
    screen = screen_for(json)
    from lamina.weights import import_weights

    made = import_weights(file, out or "weights.safetensors", key)
    taken = made.taken
    if json:
        said = {"key": taken.key, "wrappers": taken.wrappers, "left_out": taken.left, "shared": taken.shared}
        counts = {"tensors": len(taken.tensors), "numbers": made.numbers}
        print_json({"out": made.out, **counts, **said, "model": made.model, "next": made.next})
        return
    for what, text in made.lines():
        screen.say(what, text)


def export(
    run: opt.RunPath,
    out: Annotated[str, typer.Option(metavar="DIR", help="A folder to make; RUN-onnx if not said.")] = "",
    json: opt.Json = False,
) -> None:
    """A finished run as an ONNX file that is served without Lamina, with what its numbers mean beside it."""
    screen = screen_for(json)
    import lamina

    made = lamina.load(run).export(out or f"{run.rstrip('/')}-onnx", teller=screen)
    if json:
        print_json({"out": str(made.place), **{name: made.card[name] for name in ("inputs", "outputs", "parity")}})
        return
    for what, text in made.lines():
        screen.say(what, text)


COMMANDS: dict[str, Callable[..., None]] = {"import": import_, "export": export}
