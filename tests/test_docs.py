"""README tells the whole: every command, platform and key of feeds.yaml is in it, and its commands are real."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from tracker import platforms
from tracker.cli import cli
from tracker.config.values import SOURCE_KEYS, WATCH_KEYS
from tracker.models import State

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("command", cli.list_commands(None))  # type: ignore[arg-type]
def test_readme_names_the_command(command: str) -> None:
    assert re.search(rf"`?tracker {command}\b", README), f"README.md does not show `tracker {command}`"


@pytest.mark.parametrize("platform", platforms.names())
def test_readme_names_the_platform(platform: str) -> None:
    assert f"`{platform}`" in README, f"README.md: the table of platforms does not name `{platform}`"


@pytest.mark.parametrize("key", sorted(SOURCE_KEYS))
def test_readme_names_the_key(key: str) -> None:
    assert f"`{key}:`" in README or f"`{key}`" in README, f"README.md does not explain `{key}:`"


@pytest.mark.parametrize("key", sorted(WATCH_KEYS))
def test_readme_names_the_key_of_a_watch(key: str) -> None:
    watching = README.partition("A `watch:` beside")[2].partition("\n## ")[0]
    assert f"`{key}`" in watching, f"README.md does not explain `{key}` of a watch"


@pytest.mark.parametrize("state", State)
def test_what_each_state_means_is_told(state: State) -> None:
    page = (ROOT / "docs/assembling.md").read_text(encoding="utf-8")
    states = page.partition("\n## States\n")[2].partition("\n## ")[0]
    assert f"`{state}`" in states, f"docs/assembling.md does not say when an incident is `{state}`"


def test_what_a_command_does_is_said_whole_in_the_list_of_all() -> None:
    assert "..." not in CliRunner().invoke(cli, ["--help"]).stdout.partition("Commands:")[2]


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
def test_what_a_page_says_to_run_or_read_in_the_checkout_is_there(page: Path) -> None:
    said = page.read_text(encoding="utf-8").replace("NAME", "feed")
    files = re.findall(r"(?<![\w/.])(?:tracker|tests|docs)/[\w./-]*\w\.[a-z]+", said)
    for file in files:
        assert (ROOT / file).is_file() or file.startswith("tests/platforms/feed/case"), f"{page.name} names {file}"
    for module in re.findall(r"python -m (tracker[\w.]*)", said):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), f"{page.name} runs {module}"


OPTIONS = re.findall(r"^\| (`(?:--|VENDOR).*?) \| (.*?) \|", README, re.MULTILINE)


@pytest.mark.parametrize(("options", "of"), OPTIONS, ids=[options for options, _ in OPTIONS])
def test_an_option_of_readme_is_of_the_commands_that_it_names(options: str, of: str) -> None:
    for name in re.findall(r"`([a-z]+)`", of.partition(";")[0]):
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None, f"there is no `tracker {name}`"
        known = [opt for param in command.params for opt in (*param.opts, param.human_readable_name)]
        for option in re.findall(r"`(--[a-z-]+)", options) or ["vendors"]:
            assert option in known, f"`tracker {name}` has no {option}"


def test_the_first_release_tells_what_there_is() -> None:
    """Nobody saw what was mended before it. What a merge by union brings back is found here, too."""
    first = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").rpartition("\n## ")[2]
    headings = re.findall(r"^#+ (.+)", first, re.MULTILINE)
    assert len(headings) == len(set(headings)), "CHANGELOG.md: a heading stands twice"
    assert not {"Changed", "Fixed", "Removed"} & set(headings), "CHANGELOG.md: tell what is there, under `### Added`"


SPOKEN = [*PAGES, *sorted((ROOT / "tracker").rglob("*.py"))]


def test_no_index_is_asked_for_a_package_of_our_name() -> None:
    """It would be a stranger's: what is installed is the checkout, with extras that there are."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(project["optional-dependencies"])
    for page in SPOKEN:
        said = page.read_text(encoding="utf-8")
        assert not re.search(r"pip install (-\S+ )*['\"]?tracker\b", said), page
        assert set(re.findall(r"pip install [^`\n]*'\.\[(\w+)\]'", said)) <= extras, page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_shown_exists(page: Path) -> None:
    known = set(cli.list_commands(None))  # type: ignore[arg-type]
    text = page.read_text(encoding="utf-8")
    code = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"^ {4}(.+)$", text, re.MULTILINE)]
    for piece in code:
        for command in re.findall(r"(?:^|[|;&/] ?)tracker ([a-z]+)\b", piece):
            assert command in known, f"{page.name}: there is no `tracker {command}`"


# -- what README says to do ----------------------------------------------------------------------------------------


def pasted(section: str) -> list[str]:
    """The commands of a section of README, in order, without what is said of them."""
    text = README.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [line.partition("  #")[0].strip() for line in re.findall(r"^ {4,}(.+)$", text, re.MULTILINE)]


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the checkout, and in its .venv/bin what README calls."""
    folder = tmp_path / "checkout"
    without = shutil.ignore_patterns(".git", ".venv", "data", "dist", "*cache*", ".hypothesis")
    shutil.copytree(ROOT, folder, ignore=without)
    programs = {"python": '"$@"', "tracker": """-c 'from tracker.cli import main; main()' "$@" """}
    (folder / ".venv/bin").mkdir(parents=True)
    for name, rest in programs.items():
        program = folder / ".venv/bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {rest}\n', encoding="utf-8")
        program.chmod(0o755)
    return folder


@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are for a shell")
def test_a_platform_is_added_in_the_steps_of_readme(checkout: Path) -> None:
    new = checkout / "tests/platforms/_new"
    (checkout / "tests/platforms/petrel").mkdir()
    shutil.copy(new / "petrel.json", checkout / "tests/platforms/petrel/case.json")
    shutil.copy(new / "petrel.py", checkout / "tracker/platforms/petrel.py")
    table = README.replace("| `feed` |", "| `petrel` | a list of notes | `page:` |\n| `feed` |")
    (checkout / "README.md").write_text(table, encoding="utf-8")
    did = (shell(command.replace("NAME", "petrel"), checkout) for command in pasted("Add a platform"))
    looked_at, judged, tested = did
    assert "The shop is open again." in looked_at.stdout and '"phase": "resolved"' in judged.stdout
    assert re.search(r"\d\d passed", tested.stdout)


@pytest.mark.skipif(shutil.which("bash") is None, reason="the commands are for a shell")
def test_the_demo_s_evening_is_looked_around_in_as_readme_says(checkout: Path) -> None:
    commands = pasted("Use it")
    needless = (". .venv", "pip install", "tracker browse")  # the environment is there; test_browse.py browses
    looked = [each for each in commands[: commands.index("unset TRACKER_DB")] if not each.startswith(needless)]
    assert len(looked) > 6
    affected = [f"{each} || test $? = 1" if each.startswith("tracker check") else each for each in looked]
    shown = shell("\n".join(["set -e", "PATH=.venv/bin:$PATH", *affected]), checkout).stdout
    assert "affected: ternline" in shown and "version 2 seen" in shown and "no incident" not in shown
