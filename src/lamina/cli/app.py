"""The commands. Each turns words into one call of the door and prints what came of it; before, nothing heavy loads."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated, Any, Literal, Optional

import typer

from .answers import answer_table, open_out, write_answers
from .lists import settings_rows, show_rows
from .screen import Screen, Silent, print_json, print_scores, print_table, screen_for
from .words import asked_of

app = typer.Typer(
    name="lamina",
    help="From raw data of any kind to a deep model its owner can trust.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

# What several commands take. typer reads Optional[list[str]]; the other spelling it does not in every version.
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words.")]
Words = Optional[list[str]]  # noqa: UP045
Source = Annotated[str, typer.Argument(help="A path, or a built-in name (lamina sources).", show_default=False)]
RunPath = Annotated[str, typer.Argument(metavar="RUN", help="A run directory.", show_default=False)]
Target = Annotated[str, typer.Option(metavar="COL", help='Column to answer; "none" for none.')]
Test = Annotated[str, typer.Option(metavar="SOURCE", help="A source of its own for the test part.")]
Valid = Annotated[str, typer.Option(metavar="SOURCE", help="A source of its own for the validation part.")]
Inputs = Annotated[Words, typer.Option("--input", metavar="COL", help="A column to learn from; all if none is named.")]
Kinds = Annotated[Words, typer.Option(metavar="COL=KIND", help="What a column holds (lamina kinds).")]
Seed = Annotated[Optional[int], typer.Option(min=0, help="Of the split, the order, the weights, everything; 0.")]  # noqa: UP045
Settings = Annotated[Words, typer.Option("--set", metavar="KEY=VALUE", help="As optimizer.rate=0.01 (lamina config).")]
Config = Annotated[str, typer.Option("--config", metavar="FILE", help="A settings file, YAML or JSON.")]
Header = Annotated[Optional[Literal["auto", "none", "first"]], typer.Option(help="Whether a table has one; auto.")]  # noqa: UP045
Missing = Annotated[Words, typer.Option(metavar="SIGN", help="A sign that stands for nothing in a table.")]
Encoding = Annotated[str, typer.Option(metavar="NAME", help="Of text files; UTF-8 if not said.")]
Delimiter = Annotated[str, typer.Option(metavar="SIGN", help="Of a table; found if not said.")]
Group = Annotated[str, typer.Option(metavar="COL", help="Rows of one group stay in one part.")]
Time = Annotated[str, typer.Option(metavar="COL", help="The newest rows by this column are the test part.")]


@app.callback(invoke_without_command=True)
def lamina(
    ctx: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """From raw data of any kind to a deep model its owner can trust."""
    if version:
        from lamina import __version__

        print(__version__)
    elif ctx.invoked_subcommand is None:
        print(ctx.get_help())


@app.command()
def fit(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(help="A path, a built-in name (lamina sources), or a run with --resume.", show_default=False),
    ],
    target: Target = "",
    test: Test = "",
    valid: Valid = "",
    model: Annotated[str, typer.Option(metavar="NAME", help="A model page (lamina models).")] = "",
    objective: Annotated[str, typer.Option(metavar="NAME", help="The game that training plays.")] = "",
    inputs: Inputs = None,
    kind: Kinds = None,
    out: Annotated[str, typer.Option(metavar="DIR", help="The run directory; runs/<source>-<n> if not said.")] = "",
    seed: Seed = None,
    epochs: Annotated[Optional[int], typer.Option(min=1, help="Budget: passes over the training rows.")] = None,  # noqa: UP045
    steps: Annotated[Optional[int], typer.Option(min=1, help="Budget: steps.")] = None,  # noqa: UP045
    minutes: Annotated[Optional[float], typer.Option(min=0.01, help="Budget: wall clock, all in all.")] = None,  # noqa: UP045
    plan: Annotated[str, typer.Option(metavar="WORD", help="default, measure, or a plan.json to repeat.")] = "",
    weights: Annotated[str, typer.Option(metavar="FILE|RUN", help="Weights to start the body from.")] = "",
    settings: Settings = None,
    config: Config = "",
    header: Header = None,
    missing: Missing = None,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    group: Group = "",
    time: Time = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run.")] = False,
    json: Json = False,
) -> None:
    """Train on a source, score on rows never seen, write the report."""
    given = dict(locals())
    screen = screen_for(json)
    import lamina

    asked = asked_of(given, ctx.obj)
    if resume and not out:
        run = lamina.resume(source, teller=screen, **asked)
    else:
        run = lamina.fit(source, out=out, teller=screen, resume=resume, **asked)
    _finish(run, screen, json)


@app.command()
def check(
    ctx: typer.Context,
    source: Source,
    target: Target = "",
    test: Test = "",
    valid: Valid = "",
    inputs: Inputs = None,
    kind: Kinds = None,
    seed: Seed = None,
    settings: Settings = None,
    config: Config = "",
    header: Header = None,
    missing: Missing = None,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    group: Group = "",
    time: Time = "",
    json: Json = False,
) -> None:
    """Everything that is wrong with a source, at once, and one command that gets past it."""
    given = dict(locals())
    screen = screen_for(json)
    from lamina.config import build
    from lamina.flow import Request
    from lamina.flow.check import check as look_through

    found = look_through(build(Request, {"source": source, **asked_of(given, ctx.obj)}), screen)
    if json:
        print_json(found.to_json())
    else:
        screen.checked(found)
    if found.problems:
        raise typer.Exit(2)


@app.command()
def predict(
    run: RunPath,
    sources: Annotated[
        list[str],
        typer.Argument(metavar="ROWS…", help="Pictures, folders, tables; - for standard input.", show_default=False),
    ],
    out: Annotated[str, typer.Option(metavar="FILE", help="A .csv, .parquet or .jsonl file; it must not exist.")] = "",
    json: Json = False,
) -> None:
    """One typed answer for each row in, in order, with probabilities and warnings."""
    screen, place = screen_for(json), open_out(out)
    import lamina
    from lamina.predict import as_mapping

    opened = [sys.stdin.buffer if s == "-" else s for s in sources]
    answers = lamina.load(run).predict(*opened, teller=screen)
    if place is not None:
        write_answers(place, answers)
    if json:
        said: dict[str, Any] = (
            {"out": str(place), "rows": len(answers)} if place else {"answers": [as_mapping(a) for a in answers]}
        )
        print_json(said)
    elif place is None:
        print_table(answer_table(answers))
    else:
        problems, doubts = sum(bool(a.problem) for a in answers), sum(bool(a.warnings) for a in answers)
        screen.say(
            "answers", f"{len(answers):,} rows in {place}; {problems:,} without an answer, {doubts:,} with a warning"
        )


@app.command()
def score(
    run: RunPath,
    source: Annotated[
        str, typer.Argument(help="Labelled rows; without, the locked test part again.", show_default=False)
    ] = "",
    json: Json = False,
) -> None:
    """Score a run: on its locked test part again, or on other labelled rows."""
    screen = screen_for(json)
    import lamina

    found = lamina.load(run).score(source or None, teller=screen)
    if json:
        print_json({"scores": {name: vars(s) for name, s in found.items()}})
        return
    figures = [(name, *s.words(), f"{s.n:,}", s.method) for name, s in found.items()]
    print_table([("score", "value", "95 % interval", "n", "how"), *figures])


@app.command()
def report(run: RunPath, json: Json = False) -> None:
    """Write report.html anew from the run's files."""
    screen = screen_for(json)
    import lamina

    path = lamina.load(run).report()
    print_json({"report": path}) if json else screen.say("report", path)


@app.command()
def show(run: RunPath, json: Json = False) -> None:
    """What a run is, what was decided and what it scored."""
    import lamina

    found = lamina.load(run)
    print_json(show_rows(found, plain=False)) if json else print_table(show_rows(found, plain=True))
    if not json and found.finished:
        print_scores(found.all_scores())
    elif not json:
        print(f"\nnot finished; this goes on with it:\n  lamina fit {shlex.quote(str(found.path))} --resume")


@app.command()
def config(
    settings: Settings = None,
    file: Config = "",
    explain: Annotated[bool, typer.Option("--explain", help="With the type and range of each.")] = False,
    json: Json = False,
) -> None:
    """Every setting, as --set and --config know it."""
    rows = settings_rows(settings or [], file, explain)
    print_json({row[0]: row[1] for row in rows[1:]}) if json else print_table(rows)


@app.command()
def models(json: Json = False) -> None:
    """The model pages."""
    from lamina.models import PAGES

    rows = [("model", "takes", "what it is"), *((p.name, p.takes, p.says) for p in PAGES.values())]
    print_json({row[0]: row[2] for row in rows[1:]}) if json else print_table(rows)


@app.command()
def kinds(json: Json = False) -> None:
    """The kinds of value."""
    from lamina.kinds import KINDS

    rows = [("kind", "what one value is"), *((name, kind.says) for name, kind in KINDS.items())]
    print_json(dict(rows[1:])) if json else print_table(rows)


@app.command()
def sources(json: Json = False) -> None:
    """What can be read."""
    from lamina.data.sources import SOURCES

    print_json(dict(SOURCES)) if json else print_table([("source", "what is read"), *SOURCES.items()])


def _finish(run: Any, screen: Screen | Silent, json: bool) -> None:
    if json:
        print_json({"run": str(run.path), "verdict": run.verdict, **run.all_scores()})
        return
    print_scores(run.all_scores())
    path = shlex.quote(str(run.path))
    screen.say("report", str(run.path / "report.html"))
    screen.say("next", f"lamina predict {path} NEW-ROWS, lamina show {path}")
