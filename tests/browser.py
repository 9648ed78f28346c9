"""A real browser for the tests: Chromium, where the machine has one; on a CI it must have one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
          "--disable-background-networking", "--disable-component-update", "--hide-scrollbars")  # fmt: skip

TELEPHONE = 375  # CSS pixels; a window of Chromium's own is never so narrow


def needed() -> None:
    """Skip the test where there is no browser."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs a Chromium")
        pytest.skip("no Chromium on this machine")


def look(url: str, folder: Path, *how: str) -> str:
    """The page as Chromium has it after its scripts ran."""
    command = [str(CHROMIUM), *_FLAGS, f"--user-data-dir={folder / 'profile'}", *how, url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def measure(page: str, folder: Path, width: int, script: str, *how: str) -> Any:
    """The value of an expression in a page of that width; it has ``page``, ``all(selector)`` and ``style(node)``."""
    file = folder / "frame.html"
    file.write_text(
        f'<!doctype html><meta charset="utf-8"><iframe style="border: 0; width: {width}px; height: 900px" '
        f'srcdoc="{escape(page, quote=True)}"></iframe><pre id="found"></pre><script>onload = () => {{'
        "const frame = document.querySelector('iframe'), view = frame.contentWindow, page = frame.contentDocument;"
        "const all = selector => [...page.querySelectorAll(selector)], style = view.getComputedStyle;"
        f"document.getElementById('found').textContent = JSON.stringify({script}) }}</script>",
        encoding="utf-8",
    )
    [found] = re.findall(r'<pre id="found">(.*?)</pre>', look(file.as_uri(), folder, "--dump-dom", *how), re.DOTALL)
    return json.loads(unescape(found))
