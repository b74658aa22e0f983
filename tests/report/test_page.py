from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from lamina.errors import RunError
from lamina.report import render
from lamina.report.views import MOST_MISTAKES

HOSTILE = (
    "<script>alert(1)</script></style></title><img src=http://evil.test/x onerror=alert(2)>"
    "\x00\x1b[31m\u202egnp\ud800\"' {{ 7 * 7 }} {% raw %} javascript:alert(3)"
)
PLACES = {"#scores", "#decided", "#training", "#errors", "#confidence", "#data", "#use", "#leaks", "#warnings"}
VOID = {"meta", "link", "img"}


class Page(HTMLParser):
    """The page as a browser's parser meets it: tags, attributes, ids and text, with every tag closed in order."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.said: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said.append(data)

    @property
    def ids(self) -> set[str]:
        return {value for _, name, value in self.attributes if name == "id"}

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def poisoned(value: Any) -> Any:
    """Every text of a file, keys of free mappings too, made hostile; what steers the page is left."""
    steering = {"higher", "lower", "input", "target", "Image", "Category", "Number", "Tags"}
    if isinstance(value, str):
        return value if value in steering or value.startswith("exhibits/") else HOSTILE + value
    if isinstance(value, list):
        return [poisoned(v) for v in value]
    if isinstance(value, dict):
        free = {"shown", "summaries", "left_out", "facts", "recipe", "versions", "seconds", "quarantined", "baseline"}
        return {
            k: {HOSTILE + n: poisoned(v) for n, v in item.items()}
            if k in free and isinstance(item, dict)
            else poisoned(item)
            for k, item in value.items()
        }
    return value


def assert_inert(page: Page) -> None:
    """No script, no frame, no form, no handler, and no address but data: and places on the page itself."""
    assert not {"script", "iframe", "object", "embed", "form", "base", "foreignobject", "audio", "video"} & set(
        page.tags
    )
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href", "xlink:href", "action", "srcset", "poster"):
            assert value.startswith("data:image/") or value == "data:," or value in PLACES, (tag, name, value)
        if name == "style":
            assert set(value) <= set("abcdefghijklmnopqrstuvwxyz-:;%.0123456789"), value
    assert page.tags.count("title") >= 1
    assert page.tags.count("style") == 1


@pytest.mark.parametrize("problem", ["images", "table", "tags"])
def test_the_page_says_what_the_run_holds(example: Callable[..., Any], problem: str):
    run = example(problem)
    page = Page(render(run))
    assert_inert(page)
    assert {"scores", "decided", "training", "errors", "data", "use"} <= page.ids
    assert run.read_json("request.json")["command"] in page.text
    for choice in run.read_json("recipe.json")["choices"]:
        assert choice["why"] in page.text
    for warning in run.read_json("data.json")["warnings"]:
        assert warning["text"] in page.text


def test_a_classifier_shows_confusion_classes_and_confidence(example: Callable[..., Any]):
    text = render(example("images"))
    page = Page(text)
    assert "accuracy 0.973 (0.962 to 0.981, n=540), against 0.950 for the best baseline (linear)" in page.text
    assert "0.936 to 0.961" in page.text
    assert "confidence" in page.ids
    assert 'class="confusion' in text
    assert "Temperature 1.42, fitted on 449 validation rows" in page.text
    assert text.count('src="data:image/png;base64,') == 6


def test_a_number_shows_its_errors_and_what_makes_the_score_doubtful(example: Callable[..., Any]):
    page = Page(render(example("table")))
    assert "The linear baseline does as well: its rmse of 47,905" in page.text
    assert "Answer against truth" in page.text
    assert "3 rows of test are equal to rows of train" in page.text
    assert "scored 3 times" in page.text
    assert page.tags.count("circle") == 800
    assert "confidence" not in page.ids


def test_tags_are_listed_by_tag_and_a_missing_picture_is_left_out(example: Callable[..., Any]):
    text = render(example("tags"))
    assert "By tag" in text
    assert "answered car, night truth sky, water" in Page(text).text
    assert text.count("<img") == 1


def test_an_empty_run_is_still_a_page(empty: Any):
    page = Page(render(empty))
    assert_inert(page)
    assert "This run holds no scores yet" in page.text
    assert page.ids == {"decided", "use"}


@pytest.mark.parametrize("name", ["scores.json", "data.json", "log.jsonl", "recipe.json", "schema.json", "plan.json"])
def test_an_absent_file_leaves_the_rest(example: Callable[..., Any], name: str):
    run = example("images")
    (run.root / name).unlink()
    page = Page(render(run))
    assert_inert(page)
    assert "use" in page.ids
    gone = {"scores.json": "scores", "log.jsonl": "training"}
    assert gone.get(name) not in page.ids


@pytest.mark.parametrize("name", ["scores.json", "request.json", "data.json", "calibration.json", "environment.json"])
def test_values_that_are_null_are_left_out(example: Callable[..., Any], name: str):
    run = example("images")
    run.put(name, dict.fromkeys(run.read_json(name)))
    page = Page(render(run))
    assert_inert(page)
    assert "None" not in page.text


@pytest.mark.parametrize("problem", ["images", "table", "tags"])
def test_hostile_text_stays_text(example: Callable[..., Any], problem: str):
    run = example(problem)
    for path in run.root.rglob("*.json"):
        name = str(path.relative_to(run.root))
        run.put(name, poisoned(run.read_json(name)))
    text = render(run)
    text.encode("utf-8")
    page = Page(text)
    assert_inert(page)
    assert "<script>alert(1)</script>" in page.text
    assert not set("\x00\x1b\u202e\ud800") & set(text)
    assert "{{ 7 * 7 }}" in page.text
    assert "\\u202egnp" in page.text


def test_huge_text_is_cut(example: Callable[..., Any]):
    run = example("images")
    run.change("data.json", name="w" * 100_000, warnings=[{"code": "c" * 9999, "text": "t" * 100_000}])
    assert len(render(run)) < 70_000


def test_only_pictures_of_the_run_are_shown(example: Callable[..., Any]):
    run = example("images")
    run.put("exhibits/page.png", b"<svg onload=alert(1)>")
    (run.root.parent / "secret.png").write_bytes(run.read_bytes("exhibits/0.png"))
    names = [
        "exhibits/page.png",
        "../secret.png",
        "exhibits/../../secret.png",
        "request.json",
        "http://evil.test/a.png",
    ]
    run.put("exhibits/exhibits.json", {"mistakes": [{"id": i, "picture": name} for i, name in enumerate(names)]})
    assert "<img" not in render(run)


def test_only_so_many_mistakes_are_shown(example: Callable[..., Any]):
    run = example("tags")
    run.put("exhibits/exhibits.json", {"mistakes": [{"id": f"row-{i}"} for i in range(100)]})
    assert render(run).count("row-") == MOST_MISTAKES


def test_a_file_of_a_wrong_shape_is_refused_by_name(example: Callable[..., Any]):
    run = example("images")
    run.change("data.json", parts={"train": "many"})
    with pytest.raises(RunError, match=r"data\.json does not hold what it should: parts\.train is 'many'"):
        render(run)


def test_an_unfinished_last_line_of_the_log_is_left_out(example: Callable[..., Any]):
    run = example("images")
    whole = render(run)
    run.put("log.jsonl", run.read_bytes("log.jsonl") + b'{"step": 2050, "lo')
    assert render(run) == whole


def test_the_same_run_gives_the_same_bytes(example: Callable[..., Any]):
    run = example("table")
    assert render(run) == render(run)


def test_no_torch_is_loaded():
    code = "import sys, lamina.report; sys.exit(any(m in sys.modules for m in ('torch', 'matplotlib', 'sklearn')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
