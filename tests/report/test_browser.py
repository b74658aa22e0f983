"""The page in a real browser: it draws, complains of nothing and asks nothing of the outside."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lamina.report import render

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium on this machine")

# The proxy is a closed port of this machine, so that the browser's own housekeeping goes nowhere either.
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--proxy-server=127.0.0.1:9", "--enable-logging=stderr", "--v=0", "--window-size=1200,3000"),
]


def shoot(page: Path, scheme: str) -> tuple[Image.Image, list[str], list[str]]:
    """The page as pixels, what the console complained of, and the addresses the page asked for."""
    shot, net = page.with_suffix(".png"), page.with_suffix(".net")
    mine = [f"--user-data-dir={page.parent / 'profile'}", f"--log-net-log={net}", f"--screenshot={shot}"]
    mine.append(f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}")
    command = [str(BROWSER), *FLAGS, *mine, page.as_uri()]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stderr
    assert shot.exists(), said[-2000:]
    complaints = [line for line in said.splitlines() if re.search("CONSOLE|Content Security|Refused|Uncaught", line)]
    return Image.open(shot).convert("L"), complaints, asked_for(json.loads(net.read_text(encoding="utf-8")))


def asked_for(net: dict[str, Any]) -> list[str]:
    """The addresses in a net log that the page asked for; what the browser asks for itself has no origin."""
    start = net["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    asked = [event["params"] for event in net["events"] if event["type"] == start and "url" in event.get("params", {})]
    outside = [a for a in asked if not a["url"].startswith(("file:", "data:"))]
    return [a["url"] for a in outside if a.get("initiator") != "not an origin"]


@pytest.mark.parametrize(("problem", "scheme"), [("images", "light"), ("table", "dark")])
def test_the_page_draws_and_asks_for_nothing(example: Callable[..., Any], tmp_path: Path, problem: str, scheme: str):
    page = tmp_path / "report.html"
    page.write_text(render(example(problem)), encoding="utf-8")
    drawn, complaints, asked = shoot(page, scheme)
    assert complaints == []
    assert asked == []
    paper = drawn.getpixel((3, 3))
    assert paper > 250 if scheme == "light" else paper < 40
    marked = sum(drawn.point([255 if abs(v - paper) > 60 else 0 for v in range(256)]).histogram()[255:])
    assert 0.01 < marked / (drawn.width * drawn.height) < 0.5


def test_a_page_that_is_loud_and_asks_is_noticed(tmp_path: Path):
    page = tmp_path / "loud.html"
    page.write_text('<img src="http://outside.test/x.png"><script>console.error("loud")</script>', encoding="utf-8")
    _, complaints, asked = shoot(page, "light")
    assert len(complaints) == 1
    assert asked == ["http://outside.test/x.png"]
