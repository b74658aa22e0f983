"""A chart of the report as an SVG file of its own: the same geometry, template and colours, for a page of docs/."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, PackageLoader

from lamina.report import charts, words

TEMPLATES = Path(charts.__file__).parent / "templates"
PARTS = (":root", ".chart ", ".grid", ".axis", "path.", "g.")  # of the style sheet, what charts need
HEAD, KEY = 22.0, 16.0  # pixels above a chart for its title, and for each name of the legend
STROKES = {"line": "--accent", "said": "--warm", "faint": "--muted", "ideal": "--muted"}


def as_file(chart: charts.Chart) -> str:
    """The chart as an SVG file that stands alone, its title and its legend above it."""
    made = Environment(loader=PackageLoader("lamina.report"), autoescape=True)
    made.filters["short"] = words.short
    figure = str(made.get_template("charts.html").module.chart(chart))  # type: ignore[attr-defined]
    inside = re.search(r"<svg[^>]*>(.*)</svg>", figure, re.S)
    assert inside is not None
    top = HEAD + KEY * len(chart.legend)
    keys = [
        f'<path d="M{chart.box[0]} {HEAD + KEY * i + 8}h18" style="stroke:rgb(var({STROKES[d.look]}));stroke-width:2'
        f'{";stroke-dasharray:4 4" if d.look == "ideal" else ""}"/>'
        f'<text style="text-anchor:start" x="{chart.box[0] + 24}" y="{HEAD + KEY * i + 12}">{d.name}</text>'
        for i, d in enumerate(chart.legend)
    ]
    wide, high = chart.wide + 16, chart.high + top + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{1.4 * wide:.0f}">\n'
        f"<style>\n{style()}</style>\n"
        f'<rect width="{wide}" height="{high}" style="fill:rgb(var(--paper))"/>\n'
        f'<g class="chart">\n<text class="title" x="{chart.box[0]}" y="16">{chart.title}</text>\n'
        + "\n".join(keys)
        + f'\n<g transform="translate(0 {top})">{inside[1]}</g>\n</g>\n</svg>\n'
    )


def style() -> str:
    """The lines of the report's style sheet that charts need: its colours, light and dark, and how lines look."""
    sheet = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    light, dark = sheet[: sheet.index("@media")], sheet[sheet.index("@media") : sheet.index("* {")]
    kept = [line for line in sheet.splitlines() if line.startswith(PARTS[1:])]
    font = 'text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }'
    title = ".chart .title { font-size: 13px; font-weight: 600; fill: rgb(var(--ink)); text-anchor: start; }"
    return f"{light}{dark}" + "\n".join([font, *kept, title, ""])
