"""The options that several commands take, each under a name."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

import typer

# typer reads Optional[list[str]]; the other spelling it does not in every version.
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words.")]
_Words = Optional[list[str]]  # noqa: UP045
Source = Annotated[str, typer.Argument(help="A path, or a built-in name (lamina sources).", show_default=False)]
RunPath = Annotated[str, typer.Argument(metavar="RUN", help="A run directory.", show_default=False)]
Target = Annotated[str, typer.Option(metavar="COL", help='Column to answer; "none" for none.')]
Test = Annotated[str, typer.Option(metavar="SOURCE", help="A source of its own for the test part.")]
Valid = Annotated[str, typer.Option(metavar="SOURCE", help="A source of its own for the validation part.")]
Inputs = Annotated[_Words, typer.Option("--input", metavar="COL", help="A column to learn from; all if none is named.")]
Kinds = Annotated[_Words, typer.Option(metavar="COL=KIND", help="What a column holds (lamina kinds).")]
Seed = Annotated[Optional[int], typer.Option(min=0, help="Of the split, the order, the weights, everything; 0.")]  # noqa: UP045
Settings = Annotated[_Words, typer.Option("--set", metavar="KEY=VALUE", help="As optimizer.rate=0.01 (lamina config).")]
Config = Annotated[str, typer.Option("--config", metavar="FILE", help="A settings file, YAML or JSON.")]
Header = Annotated[Optional[Literal["auto", "none", "first"]], typer.Option(help="Whether a table has one; auto.")]  # noqa: UP045
Missing = Annotated[_Words, typer.Option(metavar="SIGN", help="A sign that stands for nothing in a table.")]
Encoding = Annotated[str, typer.Option(metavar="NAME", help="Of text files; UTF-8 if not said.")]
Delimiter = Annotated[str, typer.Option(metavar="SIGN", help="Of a table; found if not said.")]
Group = Annotated[str, typer.Option(metavar="COL", help="Rows of one group stay in one part.")]
Horizon = Annotated[Optional[int], typer.Option(min=1, help="Steps of a series to forecast; 96 if not said.")]  # noqa: UP045
Known = Annotated[_Words, typer.Option("--known", metavar="COL", help="A column given for the future as well.")]
Time = Annotated[str, typer.Option(metavar="COL", help="The newest rows by this column are the test part.")]
Fold = Annotated[Optional[int], typer.Option(min=1, help="Which of the published folds tests; the first.")]  # noqa: UP045
