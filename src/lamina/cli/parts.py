"""The commands that list what there is: pages, games, kinds, readers."""

from __future__ import annotations

from . import options as opt
from .screen import print_json, print_table


def models(json: opt.Json = False) -> None:
    """The model pages."""
    from lamina.models import PAGES

    rows = [("model", "takes", "what it is"), *((p.name, p.takes, p.says) for p in PAGES.values())]
    print_json({row[0]: row[2] for row in rows[1:]}) if json else print_table(rows)


def objectives(json: opt.Json = False) -> None:
    """The games that training plays."""
    from lamina.objectives import OBJECTIVES

    rows = [("objective", "what is learned"), *((game.name, game.says) for game in OBJECTIVES.values())]
    print_json(dict(rows[1:])) if json else print_table(rows)


def kinds(json: opt.Json = False) -> None:
    """The kinds of value."""
    from lamina.kinds import KINDS

    rows = [("kind", "what one value is"), *((name, kind.says) for name, kind in KINDS.items())]
    print_json(dict(rows[1:])) if json else print_table(rows)


def sources(json: opt.Json = False) -> None:
    """What can be read."""
    from lamina.data.sources import SOURCES

    print_json(dict(SOURCES)) if json else print_table([("source", "what is read"), *SOURCES.items()])
