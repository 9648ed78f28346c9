"""README tells the whole: every command, platform and key of feeds.yaml is in it, and its commands are real."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tracker import platforms
from tracker.cli import cli
from tracker.config import SOURCE_KEYS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("command", cli.list_commands(None))  # type: ignore[arg-type]
def test_readme_names_the_command(command: str) -> None:
    assert re.search(rf"`?tracker {command}\b", README), f"README.md does not show `tracker {command}`"


@pytest.mark.parametrize("platform", platforms.names())
def test_readme_names_the_platform(platform: str) -> None:
    assert f"`{platform}`" in README


@pytest.mark.parametrize("key", sorted(SOURCE_KEYS))
def test_readme_names_the_key(key: str) -> None:
    assert f"`{key}:`" in README or f"`{key}`" in README, f"README.md does not explain `{key}:`"


def test_the_two_commands_are_one_line_each() -> None:
    lines = [line for line in README.splitlines() if line.startswith("    python3 -m venv")]
    assert len(lines) == 2
    assert "tracker demo" in lines[0] and "pytest" in lines[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_points_to_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} points to {target}, which is not there"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_exists(page: Path) -> None:
    known = set(cli.list_commands(None))  # type: ignore[arg-type]
    text = page.read_text(encoding="utf-8")
    code = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"^ {4}(.+)$", text, re.MULTILINE)]
    for piece in code:
        for command in re.findall(r"(?:^|[|;&/] ?)tracker ([a-z]+)\b", piece):
            assert command in known, f"{page.name}: there is no `tracker {command}`"
