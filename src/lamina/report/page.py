"""The page of a run: a pure function of its files, one HTML text that asks nothing of the outside.

Jinja escapes every value; `_said` goes before it and spells out what escaping leaves dangerous (control and turning
marks). No value reaches a style or an address but figures worked out here and pictures as data URIs.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from jinja2 import Environment as Jinja
from jinja2 import PackageLoader, StrictUndefined
from markupsafe import Markup

from . import views, words
from .files import (
    Calibration,
    Data,
    Environment,
    Exhibits,
    Leaks,
    Plan,
    Reader,
    Recipe,
    Request,
    Schema,
    Scores,
    read,
    read_log,
)
from .hang import plates
from .uses import uses
from .verdict import judge, lower, main_name

MOST_ROWS = 60  # of a table on the page


def render(run: Reader) -> str:
    """One self-contained HTML page from the files of a run; the sections of absent files are left out.

    Raises RunError where a file does not hold what it should.
    """
    scores = read(Scores, run, "scores.json") or Scores()
    data = read(Data, run, "data.json") or Data()
    request = read(Request, run, "request.json") or Request()
    schema = read(Schema, run, "schema.json") or Schema()
    recipe = read(Recipe, run, "recipe.json") or Recipe()
    leaks = read(Leaks, run, "leaks.json") or Leaks()
    environment = read(Environment, run, "environment.json") or Environment()
    return (
        _templates()
        .get_template("page.html")
        .render(
            request=request,
            data=data,
            leaks=leaks.found or [],
            environment=environment,
            title=data.name or request.source or "run",
            problem=_problem(schema, recipe, request),
            verdict=judge(scores),
            whiskers=views.whiskers(scores),
            budget=_budget(request),
            uses=uses(schema.fields),
            each="tag" if any(f.kind == "Tags" and f.role == "target" for f in schema.fields) else "class",
            choices=recipe.choices or [],
            settings=list(views.flat(recipe.recipe or {}, views.plain)),
            facts=list(views.flat(data.facts or {}, words.short)),
            columns=schema,
            most=MOST_ROWS,
            **_scored(scores),
            **_planned(run, environment),
            **_trained(run, scores),
            **_erred(run, scores),
        )
    )


def _scored(scores: Scores) -> dict[str, Any]:
    """The table of scores: a row for each name, the main one first."""
    main = main_name(scores)
    rivals = list((scores.baseline or {}).items())
    parts = [scores.test or {}, scores.valid or {}]
    names = sorted(dict.fromkeys(name for part in parts for name in part), key=lambda name: name != main)
    rows = [
        {
            "name": name,
            "test": (scores.test or {}).get(name),
            "rivals": [(of or {}).get(name) for _, of in rivals],
            "valid": (scores.valid or {}).get(name),
        }
        for name in names
    ]
    told = [s.method for s in (scores.test or {}).values() if s is not None and s.method]
    methods = dict.fromkeys(piece for method in told for piece in method.split("; "))  # each said once
    return {
        "main": main,
        "less": lower(scores),
        "rows": rows,
        "rivals": [name for name, _ in rivals],
        "tested": bool(scores.test),
        "validated": bool(scores.valid),
        "methods": list(methods),
        "looks": scores.looks or 0,
    }


def _planned(run: Reader, environment: Environment) -> dict[str, Any]:
    plan = read(Plan, run, "plan.json")
    if plan is None:
        return {"plan": [], "timings": [], "slowest": 1.0}
    kept = {name: value for name, value in run.read_json("plan.json").items() if name != "timings"}
    timings, loader = plan.timings or [], words.loader_words(environment.loader or {})
    return {
        "plan": [*views.flat(kept, views.plain), *([("loader", loader)] if loader else [])],
        "timings": timings,
        "slowest": max((t.ms for t in timings if t.ms is not None), default=1.0) or 1.0,
    }


def _trained(run: Reader, scores: Scores) -> dict[str, Any]:
    log = read_log(run)
    calibration = read(Calibration, run, "calibration.json")
    bins = scores.detail.reliability if scores.detail else None
    return {
        "curves": views.curves(log, scores),
        "best": views.best_step(log),
        "log": log,
        "calibration": calibration,
        "reliability": views.reliability(bins) if bins else None,
    }


def _erred(run: Reader, scores: Scores) -> dict[str, Any]:
    detail = scores.detail
    exhibits = read(Exhibits, run, "exhibits/exhibits.json") or Exhibits()
    charts, drawn, pairs = views.scatter(detail.scatter) if detail and detail.scatter else ([], 0, 0)
    per_class, hidden = views.classes(detail.per_class or []) if detail else ([], 0)
    return {
        "matrix": views.matrix(detail.confusion) if detail and detail.confusion else None,
        "per_class": per_class,
        "hidden_classes": hidden,
        "scatter": charts,
        "scatter_drawn": drawn,
        "scatter_pairs": pairs,
        "mistakes": views.mistakes(run, exhibits.mistakes or []),
        "plates": plates(run, exhibits.plates or []),
    }


def _problem(schema: Schema, recipe: Recipe, request: Request) -> str:
    """ "label (Category) from image (Image), with cnn, in 5 minutes": as much of it as is known."""
    targets = [f for f in schema.fields if f.role == "target"]
    inputs = [f for f in schema.fields if f.role == "input"]
    kinds = Counter(f.kind or "column" for f in inputs)
    given = ", ".join(f"{words.short(f.name)} ({f.kind})" for f in inputs)
    if len(inputs) > 3:
        given = f"{len(inputs):,} columns ({', '.join(f'{n:,} {kind}' for kind, n in kinds.most_common())})"
    said = ", ".join(f"{words.short(f.name)} ({f.kind})" for f in targets)
    said = f"{said} from {given}" if said and given else said or given
    model = next((words.short(c.value) for c in recipe.choices or [] if c.what == "model"), "")
    return ", ".join(
        part for part in (said, model and f"with {model}", f"in {_budget(request)}" if request.budget else "") if part
    )


def _budget(request: Request) -> str:
    """ "5 minutes", "10 epochs"."""
    return ", ".join(
        f"{amount:g} {unit[:-1] if amount == 1 else unit}" for unit, amount in (request.budget or {}).items()
    )


def _said(value: Any) -> Any:
    """What a value in braces becomes before it is escaped."""
    if isinstance(value, Markup):  # what a macro made, of values already escaped
        return value
    return words.clean(value) if isinstance(value, str) else "" if value is None else value


@cache
def _templates() -> Jinja:
    made = Jinja(
        loader=PackageLoader("lamina.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_said,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        name: getattr(words, name) for name in ("short", "number", "interval", "percent", "duration", "count")
    }
    made.filters["plain"] = views.plain
    made.globals |= {"meaning": words.MEANING, "dash": words.NONE}
    return made
