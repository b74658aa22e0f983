"""The command that keeps on: a run behind an address."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options as opt
from .screen import print_json, screen_for


def serve(
    run: opt.RunPath,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Another than this machine's own needs a token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 8000,
    token_file: Annotated[str, typer.Option(metavar="FILE", help="Only who sends this token is answered.")] = "",
    max_body: Annotated[int, typer.Option(min=1, max=1024, metavar="MIB", help="Of a request, as it comes.")] = 16,
    max_rows: Annotated[int, typer.Option(min=1, max=1_000_000, metavar="N", help="Of a request.")] = 1_000,
    timeout: Annotated[float, typer.Option(min=0.1, max=3600, metavar="S", help="Until a body has come.")] = 30.0,
    verbose: Annotated[bool, typer.Option("--verbose", help="A line for each request.")] = False,
    json: opt.Json = False,
) -> None:
    """Answer rows over HTTP, until Ctrl-C."""
    screen = screen_for(json)
    import lamina
    from lamina.serve import Limits, place_of

    limits = Limits(body=max_body << 20, rows=max_rows, seconds=timeout)
    server = lamina.load(run).server(place_of(run, host, port, token_file), limits, screen, verbose=verbose)
    if json:
        print_json({"address": server.address, "try": server.example})
    else:
        screen.say("address", f"{server.address}; GET / says what it takes")
        print(f"\n  {server.example}\n", flush=True)
        screen.say("stop", "Ctrl-C, or SIGTERM; what is under way is finished")
    server.run()
