"""Rows for the tables that the commands print."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def settings_rows(words: list[str], file: str, explain: bool) -> list[tuple[str, ...]]:
    """Every setting with its value, and with `explain` its type and range."""
    from ..config import explain as explained
    from ..config import read_file
    from ..flow.request import settled

    recipe = settled(read_file(Path(file)) if file else {}, words)
    head = ("setting", "value", "type and range") if explain else ("setting", "value")
    rows = [(name, _word(value), *([kind] if explain else [])) for name, kind, value in explained(recipe)]
    return [head, *rows]


def show_rows(run: Any, *, plain: bool) -> Any:
    """What a run is: for people as rows, otherwise as one object."""
    directory = run.directory
    found: dict[str, Any] = {"run": str(run.path), "asked": directory.request["command"]}
    if directory.has("data.json"):
        data = directory.read_json("data.json")
        parts = ", ".join(f"{n:,} {part}" for part, n in data["parts"].items())
        found["data"] = f"{data['name']}, {data['rows']:,} rows: {parts}; {data['how']}"
        found["warnings"] = [w["text"] for w in data["warnings"]]
    if directory.has("recipe.json"):
        found["choices"] = directory.read_json("recipe.json").get("choices", [])
    if run.finished and not plain:
        found["scores"] = run.all_scores()["test"]
    if not plain:
        return found
    rows: list[tuple[str, str]] = [("what", "value"), ("run", found["run"]), ("asked", found["asked"])]
    if "data" in found:
        rows += [("data", found["data"]), *(("warning", text) for text in found["warnings"])]
    rows += [(c["what"], f"{c['value']} ({c['why']})") for c in found.get("choices", [])]
    return rows


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}={v}" for k, v in value.items())
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
