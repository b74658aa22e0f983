"""The commands. Each turns words into one call of the door and prints what came of it; before, nothing heavy loads."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated, Any, Optional

import typer

from . import options as opt
from .answers import answer_table, open_out, refuse_folder, write_answers
from .drawn import place_for, write_pictures
from .exchange import COMMANDS
from .lists import settings_rows, show_rows
from .parts import kinds, models, objectives, sources
from .screen import finish, print_json, print_pieces, print_scores, print_table, screen_for
from .serving import serve
from .words import asked_of

app = typer.Typer(
    name="lamina",
    help="From raw data of any kind to a deep model its owner can trust.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    target: opt.Target = "",
    test: opt.Test = "",
    valid: opt.Valid = "",
    model: Annotated[str, typer.Option(metavar="NAME", help="A model page (lamina models).")] = "",
    objective: Annotated[str, typer.Option(metavar="NAME", help="The game to play (lamina objectives).")] = "",
    horizon: opt.Horizon = None,
    known: opt.Known = None,
    inputs: opt.Inputs = None,
    kind: opt.Kinds = None,
    out: Annotated[str, typer.Option(metavar="DIR", help="The run directory; runs/<source>-<n> if not said.")] = "",
    seed: opt.Seed = None,
    epochs: Annotated[Optional[int], typer.Option(min=1, help="Budget: passes over the training rows.")] = None,  # noqa: UP045
    steps: Annotated[Optional[int], typer.Option(min=1, help="Budget: steps.")] = None,  # noqa: UP045
    minutes: Annotated[Optional[float], typer.Option(min=0.01, help="Budget: wall clock, all in all.")] = None,  # noqa: UP045
    plan: Annotated[str, typer.Option(metavar="WORD", help="default, measure, or a plan.json to repeat.")] = "",
    weights: Annotated[str, typer.Option(metavar="FILE|RUN", help="Weights to start the body from.")] = "",
    start: Annotated[str, typer.Option("--from", metavar="RUN", help="A run to go on from: its words and body.")] = "",
    teacher: Annotated[str, typer.Option(metavar="RUN", help="A finished run to learn classes from.")] = "",
    judge: Annotated[str, typer.Option(metavar="RUN", help="A finished run that looks at made pictures.")] = "",
    unseen: Annotated[str, typer.Option(metavar="COL=CLASS", help="Kept from training, to be told apart after.")] = "",
    settings: opt.Settings = None,
    config: opt.Config = "",
    header: opt.Header = None,
    missing: opt.Missing = None,
    encoding: opt.Encoding = "",
    delimiter: opt.Delimiter = "",
    group: opt.Group = "",
    time: opt.Time = "",
    fold: opt.Fold = None,
    ranks: Annotated[int, typer.Option(min=1, max=1024, metavar="N", help="Processes that train together.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run.")] = False,
    json: opt.Json = False,
) -> None:
    """Train on a source, score on rows never seen, write the report."""
    given = dict(locals())
    screen = screen_for(json)
    import lamina

    from ..flow.clock import command

    asked = asked_of(given, ctx.obj)
    with command():
        if resume and not out:
            run = lamina.resume(source, teller=screen, ranks=ranks, **asked)
        else:
            run = lamina.fit(source, out=out, teller=screen, resume=resume, ranks=ranks, **asked)
    finish(run, screen, json)


@app.command()
def check(
    ctx: typer.Context,
    source: opt.Source,
    target: opt.Target = "",
    test: opt.Test = "",
    valid: opt.Valid = "",
    horizon: opt.Horizon = None,
    known: opt.Known = None,
    inputs: opt.Inputs = None,
    kind: opt.Kinds = None,
    seed: opt.Seed = None,
    settings: opt.Settings = None,
    config: opt.Config = "",
    header: opt.Header = None,
    missing: opt.Missing = None,
    encoding: opt.Encoding = "",
    delimiter: opt.Delimiter = "",
    group: opt.Group = "",
    time: opt.Time = "",
    fold: opt.Fold = None,
    json: opt.Json = False,
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
    run: opt.RunPath,
    sources: Annotated[
        list[str],
        typer.Argument(metavar="ROWS…", help="Pictures, folders, tables; - for standard input.", show_default=False),
    ],
    out: Annotated[str, typer.Option(metavar="FILE", help="A .csv, .parquet or .jsonl file; it must not exist.")] = "",
    json: opt.Json = False,
) -> None:
    """One typed answer for each row in, in order, with probabilities and warnings."""
    screen, place = screen_for(json), open_out(out)
    import lamina
    from lamina.flow.served import uses_of
    from lamina.predict import as_mapping

    opened = [sys.stdin.buffer if s == "-" else s for s in sources]
    found = lamina.load(run)
    if place is not None and any(use.files for use in uses_of(found.directory)):
        refuse_folder(place)
    answers = found.predict(*opened, teller=screen)
    if place is not None:
        write_answers(place, answers)
    if json:
        said: dict[str, Any] = (
            {"out": str(place), "rows": len(answers)} if place else {"answers": [as_mapping(a) for a in answers]}
        )
        print_json(said)
    elif place is None:
        print_table(answer_table(answers, found.heading))
    else:
        problems, doubts = sum(bool(a.problem) for a in answers), sum(bool(a.warnings) for a in answers)
        screen.say(
            "answers", f"{len(answers):,} rows in {place}; {problems:,} without an answer, {doubts:,} with a warning"
        )


app.command()(serve)


@app.command()
def score(
    run: opt.RunPath,
    source: Annotated[
        str, typer.Argument(help="Labelled rows; without, the locked test part again.", show_default=False)
    ] = "",
    json: opt.Json = False,
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
def sample(
    run: opt.RunPath,
    prompt: Annotated[str, typer.Argument(help="What a text begins with.", show_default=False)] = "",
    count: Annotated[int, typer.Option(min=0, max=100_000, help="Pictures (25), or tokens of text (500).")] = 0,
    temperature: Annotated[float, typer.Option(min=0, max=10, help="Of text: lower is surer, 0 the likeliest.")] = 0.8,
    top: Annotated[int, typer.Option(min=0, help="Of text: draw from so many of the likeliest; 0 from all.")] = 0,
    label: Annotated[str, typer.Option(metavar="CLASS", help="Of one class; each in turn if none is named.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Another one makes others.")] = 0,
    out: Annotated[str, typer.Option(metavar="FILE|DIR", help="One picture of all, or a folder of them.")] = "",
    json: opt.Json = False,
) -> None:
    """Make what a run learned to make: pictures, a MIDI file, or text, which is printed as it is written."""
    screen = screen_for(json)
    import lamina
    from lamina.predict.sample import grid

    found = lamina.load(run)
    if found.writes:
        pieces = found.write(prompt, count or 500, temperature=temperature, top=top, seed=seed)
        print_json({"text": "".join(pieces)}) if json else print_pieces(pieces)
        return
    if found.plays:
        place = place_for(out or f"{run}-sample.mid", run)
        place.write_bytes(found.play(count, temperature=temperature, seed=seed))
        print_json({"out": str(place)}) if json else screen.say("sample", str(place))
        return
    count, place = count or 25, place_for(out, run)
    pictures = found.sample(count, label=label, seed=seed)
    write_pictures(place, pictures, grid(pictures))
    print_json({"out": str(place), "count": count}) if json else screen.say("sample", f"{count:,} pictures in {place}")


@app.command()
def report(run: opt.RunPath, json: opt.Json = False) -> None:
    """Write report.html anew from the run's files."""
    screen = screen_for(json)
    import lamina

    path = lamina.load(run).report()
    print_json({"report": path}) if json else screen.say("report", path)


@app.command()
def show(run: opt.RunPath, json: opt.Json = False) -> None:
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
    settings: opt.Settings = None,
    file: opt.Config = "",
    explain: Annotated[bool, typer.Option("--explain", help="With the type and range of each.")] = False,
    json: opt.Json = False,
) -> None:
    """Every setting, as --set and --config know it."""
    rows = settings_rows(settings or [], file, explain)
    print_json({row[0]: row[1] for row in rows[1:]}) if json else print_table(rows)


for listed in (models, objectives, kinds, sources):
    app.command()(listed)


for name, command in COMMANDS.items():
    app.command(name)(command)
