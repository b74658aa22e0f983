"""The commands. Each turns words into one call of the door and prints what came of it; nothing heavy is imported before.

Exit codes: 0 done, 2 the user's error, 1 ours, 75 stopped and can be resumed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import typer

from .answers import answer_table, open_out, write_answers
from .lists import settings_rows, show_rows
from .screen import Screen, failed, guarded, print_json, print_scores, print_table

app = typer.Typer(
    name="lamina",
    help="From raw data of any kind to a deep model its owner can trust.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words.")]
Words = Optional[list[str]]  # noqa: UP045 - typer reads this form


@app.command()
def fit(
    source: Annotated[str, typer.Argument(help="A path, a built-in name (lamina sources), or a run with --resume.")],
    target: Annotated[str, typer.Option(help='Column to answer; "none" for none.')] = "",
    test: Annotated[str, typer.Option(help="A source of its own for the test part.")] = "",
    valid: Annotated[str, typer.Option(help="A source of its own for the validation part.")] = "",
    model: Annotated[str, typer.Option(help="A model page (lamina models).")] = "",
    objective: Annotated[str, typer.Option(help="The game that training plays.")] = "",
    inputs: Annotated[Words, typer.Option("--input", help="A column to learn from; all where none is named.")] = None,
    kind: Annotated[Words, typer.Option(help="COL=KIND: what a column holds (lamina kinds).")] = None,
    out: Annotated[str, typer.Option(help="The run directory; runs/<source>-<n> where not said.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of the split, the order, the weights, everything.")] = 0,
    epochs: Annotated[int, typer.Option(min=0, help="Budget: passes over the training rows.")] = 0,
    steps: Annotated[int, typer.Option(min=0, help="Budget: steps.")] = 0,
    minutes: Annotated[float, typer.Option(min=0, help="Budget: wall clock, from start to report.")] = 0.0,
    plan: Annotated[str, typer.Option(help="default, measure, or a plan.json to repeat.")] = "",
    weights: Annotated[str, typer.Option(help="A .safetensors file to start a ResNet from.")] = "",
    settings: Annotated[
        Words, typer.Option("--set", help="KEY=VALUE, e.g. optimizer.rate=0.01 (lamina config).")
    ] = None,
    config: Annotated[str, typer.Option(help="A settings file, YAML or JSON.")] = "",
    header: Annotated[Literal["auto", "none", "first"], typer.Option(help="Whether a table has one.")] = "auto",
    missing: Annotated[Words, typer.Option(help="A sign that stands for nothing in a table.")] = None,
    encoding: Annotated[str, typer.Option(help="Of text files; UTF-8 where not said.")] = "",
    delimiter: Annotated[str, typer.Option(help="Of a table; found where not said.")] = "",
    group: Annotated[str, typer.Option(help="Rows of one group stay in one part.")] = "",
    time: Annotated[str, typer.Option(help="The newest rows by this column are the test part.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run.")] = False,
    json: Json = False,
) -> None:
    """Train on a source, score on rows never seen, write the report."""
    with guarded(json) as screen:
        import lamina

        if resume and not out and (Path(source) / "request.json").is_file():
            _finish(lamina.resume(source, teller=screen), screen, json)
            return
        asked = _asked(locals())
        run = lamina.fit(source, out=out, teller=screen, resume=resume, **asked)
        _finish(run, screen, json)


@app.command()
def check(
    source: Annotated[str, typer.Argument(help="A path or a built-in name.")],
    target: Annotated[str, typer.Option(help="Column to answer.")] = "",
    test: Annotated[str, typer.Option(help="A source of its own for the test part.")] = "",
    valid: Annotated[str, typer.Option(help="A source of its own for the validation part.")] = "",
    inputs: Annotated[Words, typer.Option("--input", help="A column to learn from.")] = None,
    kind: Annotated[Words, typer.Option(help="COL=KIND.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    settings: Annotated[Words, typer.Option("--set", help="KEY=VALUE.")] = None,
    config: Annotated[str, typer.Option(help="A settings file.")] = "",
    header: Annotated[Literal["auto", "none", "first"], typer.Option()] = "auto",
    missing: Annotated[Words, typer.Option()] = None,
    encoding: Annotated[str, typer.Option()] = "",
    delimiter: Annotated[str, typer.Option()] = "",
    group: Annotated[str, typer.Option()] = "",
    time: Annotated[str, typer.Option()] = "",
    json: Json = False,
) -> None:
    """Everything that is wrong with a source, at once, and one command that gets past it."""
    with guarded(json) as screen:
        from lamina.flow.check import check as look_through

        found = look_through(_request(source, _asked(locals())), screen)
        if json:
            print_json(found.to_json())
        else:
            screen.checked(found)
        if found.problems:
            raise typer.Exit(2)


@app.command()
def predict(
    run: Annotated[str, typer.Argument(help="A run directory.")],
    sources: Annotated[
        list[str], typer.Argument(help="Pictures, folders, tables; - reads a table from standard input.")
    ],
    out: Annotated[str, typer.Option(help="A .csv, .parquet or .jsonl file to write; it must not exist.")] = "",
    json: Json = False,
) -> None:
    """One typed answer for each row in, in order, with probabilities and warnings."""
    with guarded(json) as screen:
        import lamina

        place = open_out(out)
        answers = lamina.load(run).predict(*[sys.stdin.buffer if s == "-" else s for s in sources])
        if place is not None:
            write_answers(place, answers)
            screen.say("answers", f"{len(answers):,} rows in {place}")
        elif json:
            from lamina.predict import as_mapping

            print_json({"answers": [as_mapping(a) for a in answers]})
        else:
            print_table(answer_table(answers))


@app.command()
def score(
    run: Annotated[str, typer.Argument(help="A run directory.")],
    source: Annotated[str, typer.Argument(help="Labelled rows; without, the locked test part again.")] = "",
    json: Json = False,
) -> None:
    """Score a run: on its locked test part again, or on other labelled rows."""
    with guarded(json) as screen:
        import lamina

        found = lamina.load(run).score(source or None)
        if json:
            print_json({"scores": {name: vars(s) for name, s in found.items()}})
        else:
            rows = [("score", "value", "n")] + [
                (n, repr(s).rpartition(", n=")[0] + ")", f"{s.n:,}") for n, s in found.items()
            ]
            print_table(rows)
            screen.say("method", "; ".join(dict.fromkeys(s.method for s in found.values())))


@app.command()
def report(run: Annotated[str, typer.Argument(help="A run directory.")], json: Json = False) -> None:
    """Write report.html anew from the run's files."""
    with guarded(json) as screen:
        import lamina

        path = lamina.load(run).report()
        print_json({"report": path}) if json else screen.say("report", path)


@app.command()
def show(run: Annotated[str, typer.Argument(help="A run directory.")], json: Json = False) -> None:
    """What a run is, what was decided and what it scored."""
    with guarded(json):
        import lamina

        found = lamina.load(run)
        print_json(show_rows(found, plain=False)) if json else print_table(show_rows(found, plain=True))
        if not json and found.directory.has("scores.json"):
            print_scores(found.all_scores())


@app.command()
def config(
    settings: Annotated[Words, typer.Option("--set", help="KEY=VALUE.")] = None,
    file: Annotated[str, typer.Option("--config", help="A settings file.")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="With the type and range of each.")] = False,
    json: Json = False,
) -> None:
    """Every setting, as --set and --config know it."""
    with guarded(json):
        rows = settings_rows(settings or [], file, explain)
        print_json({row[0]: row[1] for row in rows[1:]}) if json else print_table(rows)


@app.command()
def models(json: Json = False) -> None:
    """The model pages."""
    with guarded(json):
        from lamina.models import PAGES

        rows = [("model", "takes", "what it is"), *((p.name, p.takes, p.says) for p in PAGES.values())]
        print_json({row[0]: row[2] for row in rows[1:]}) if json else print_table(rows)


@app.command()
def kinds(json: Json = False) -> None:
    """The kinds of value."""
    with guarded(json):
        from lamina.kinds import KINDS

        rows = [("kind", "what one value is"), *((name, kind.says) for name, kind in KINDS.items())]
        print_json(dict(rows[1:])) if json else print_table(rows)


@app.command()
def sources(json: Json = False) -> None:
    """What can be read."""
    with guarded(json):
        from lamina.data.sources import SOURCES

        rows = [("source", "what is read"), *SOURCES.items()]
        print_json(dict(SOURCES)) if json else print_table(rows)


def _asked(given: dict[str, Any]) -> dict[str, Any]:
    """The options of a command as the door knows them; what was not said is left out."""
    from lamina.config import read_file
    from lamina.errors import SettingError

    names = [
        "target",
        "test",
        "valid",
        "model",
        "objective",
        "seed",
        "epochs",
        "steps",
        "minutes",
        "plan",
        "weights",
        "header",
        "encoding",
        "delimiter",
        "group",
        "time",
    ]
    asked: dict[str, Any] = {name: given[name] for name in names if given.get(name)}
    for name in ("inputs", "settings", "missing"):
        if given.get(name):
            asked[name] = tuple(given[name])
    pairs = [word.partition("=") for word in given.get("kind") or ()]
    for column, equals, _ in pairs:
        if not equals:
            raise SettingError(f'"{column}" is not COL=KIND', expected="such as --kind age=Number")
    if pairs:
        asked["kinds"] = {column: kind for column, _, kind in pairs}
    if given.get("config"):
        asked["config"] = read_file(Path(given["config"]))
    return {**asked, "command": _typed()}


def _request(source: str, asked: dict[str, Any]) -> Any:
    from lamina.config import build
    from lamina.flow import Request

    return build(Request, {"source": source, **asked})


def _finish(run: Any, screen: Screen, json: bool) -> None:
    if json:
        print_json({"run": str(run.path), "verdict": run.verdict, **run.all_scores()})
        return
    print_scores(run.all_scores())
    screen.say("report", str(run.path / "report.html"))
    screen.say("next", f"lamina predict {run.path} …   lamina show {run.path}")


def _typed() -> str:
    import shlex

    return shlex.join(["lamina", *sys.argv[1:]])


def main() -> None:
    """The entry of the command; never a traceback for what the user can mend."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        sys.exit(failed(error))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(75)
