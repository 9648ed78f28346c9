"""The house checks itself (the rules: README, and the docstring of ``tracker``): who may import whom."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType

import pytest

HERE = Path(__file__).parent
HOUSE = HERE.parent / "tracker"

SHARED = {"models", "errors", "on_demand"}  # where the stages meet
KNOWS: dict[str, set[str]] = {  # the rooms that know more than one stage, and whom of each other
    "collect": set(),
    "demo": {"collect"},
    "browse": {"collect", "demo"},
    "cli": {"collect", "demo", "browse"},
    "__main__": {"cli"},
}
HOMES = {  # each library has one home: a file or a room
    "httpx": "poll/",
    "feedparser": "platforms/_feedparser.py",
    "bs4": "platforms/_html.py",
    "sqlite3": "store/",
    "sqlite_utils": "store/",
    "click": "cli/",
    "datasette": "browse/",
    "yaml": "config/nodes.py",
    "logging": "cli/",
    "numpy": "classify/training/",
    "scipy": "classify/training/",
    "sklearn": "classify/training/",
    "pycurl": "poll/",
    "prometheus_client": "cli/",
    "requests": "poll/",
    "aiohttp": "poll/",
    "http.client": "poll/",
    "urllib.request": "poll/",
}
HEAVY = {"httpx", "prometheus_client", "feedparser", "bs4", "sqlite_utils", "datasette", "yaml"}
NO_NAMES = {"utils", "util", "helpers", "common", "core", "base", "manager", "misc"}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
MAY_ASK_THE_CLOCK = {"cli", "demo", "browse"}


@dataclass(frozen=True)
class Import:
    """One import: of what, in which line, and when: with the module, in a function, or for types only."""

    target: str
    line: int
    when: str


def modules() -> dict[str, Path]:
    """Dotted name -> file, of the whole house."""
    return {_dotted(path): path for path in sorted(HOUSE.rglob("*.py"))}


def _dotted(path: Path) -> str:
    parts = path.relative_to(HOUSE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(name: str) -> str:
    """``tracker.store.rows`` -> ``store``; '' for the house itself."""
    return f"{name}.".split(".")[1]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


MODULES = modules()
PLATFORMS = sorted(
    name.rpartition(".")[2]
    for name in MODULES
    if name.startswith("tracker.platforms.") and not name.rpartition(".")[2].startswith("_")
)
every_module = pytest.mark.parametrize("name", MODULES)
every_platform = pytest.mark.parametrize("platform", PLATFORMS)


def _said_of(name: str) -> str:
    return ast.get_docstring(tree(MODULES[name]), clean=False) or ""


def imports(name: str) -> list[Import]:
    """All imports of a module; of ``from a import b`` the module a.b where there is one, else a."""
    return [found for node in tree(MODULES[name]).body for found in _imports(node, name, "start")]


def _imports(node: ast.AST, name: str, when: str) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, node.lineno, when) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        origin = _origin(node, name)
        for alias in node.names:
            whole = f"{origin}.{alias.name}"
            known = whole in MODULES or whole in HOMES
            yield Import(whole if known else origin, node.lineno, when)
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        for guarded in node.body:
            yield from _imports(guarded, name, "types")
        inside: list[ast.AST] = list(node.orelse)
    else:
        inside = list(ast.iter_child_nodes(node))
    later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for inner in inside:
        yield from _imports(inner, name, "call" if later and when == "start" else when)


def _origin(node: ast.ImportFrom, name: str) -> str:
    """The absolute module of a from-import."""
    if not node.level:
        return node.module or ""
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])


def is_of(target: str, library: str) -> bool:
    return target == library or target.startswith(library + ".")


# --- who may import whom ------------------------------------------------------------------------------------


@every_module
def test_a_stage_knows_only_its_own_room_the_models_and_the_errors(name: str) -> None:
    mine = room(name)
    for found in imports(name):
        theirs = room(found.target) if is_of(found.target, "tracker") else ""
        if theirs and theirs != mine:
            assert knows(mine, theirs), f"{name}, line {found.line}: {mine} imports {theirs}; they meet in models"


def knows(mine: str, theirs: str) -> bool:
    """Whether a room may import another one."""
    if mine in KNOWS:
        return theirs in KNOWS[mine] or theirs not in KNOWS
    return theirs in SHARED and mine not in ("", "errors")


@every_module
def test_a_platform_imports_no_other_platform(name: str) -> None:
    if room(name) != "platforms" or name == "tracker.platforms":
        return
    others = {f"tracker.platforms.{platform}" for platform in PLATFORMS} - {name}
    for found in imports(name):
        assert found.target not in others, f"{name}, line {found.line}: imports the platform {found.target}"


@every_module
def test_a_library_is_imported_only_in_its_home(name: str) -> None:
    here = MODULES[name].relative_to(HOUSE).as_posix()
    for found in imports(name):
        for library, home in HOMES.items():
            if is_of(found.target, library):
                at_home = here.startswith(home) if home.endswith("/") else here == home
                assert at_home, f"{here}, line {found.line}: {library} is imported in tracker/{home} only"


@every_module
def test_heavy_libraries_are_imported_where_they_are_used(name: str) -> None:
    for found in imports(name):
        for library in HEAVY:
            plugin = library == "datasette" and room(name) == "browse"  # Datasette loads it, so it is there already
            if is_of(found.target, library) and not plugin:
                assert found.when != "start", f"{name}, line {found.line}: import {library} inside the function"


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    script = f"import sys, tracker.cli; print(*sorted({HEAVY!r} & set(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=HOUSE.parent, timeout=60
    )
    assert ran.stdout.split() == []


def test_a_platform_that_only_asks_loads_no_reader() -> None:
    script = (
        "import sys; from tracker import platforms; [platforms.platform(name) for name in platforms.names()]; "
        "print(*(name for name in platforms._READERS"
        " if type(sys.modules[f'tracker.platforms.{name}']).__name__ != '_LazyModule'))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=HOUSE.parent, timeout=60
    )
    assert ran.stdout.split() == []


def test_no_circle_of_imports() -> None:
    edges = {name: {i.target for i in imports(name) if i.when == "start" and i.target in MODULES} for name in MODULES}
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way[way.index(name) :], name))
        if name not in done:
            for target in sorted(edges[name] - {name}):
                walk(target, (*way, name))
            done.add(name)

    for name in MODULES:
        walk(name, ())


@every_module
def test_the_clock_is_asked_only_where_people_are(name: str) -> None:
    if room(name) in MAY_ASK_THE_CLOCK:
        return
    for node in ast.walk(tree(MODULES[name])):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            asked = (node.value.id, node.attr)
            assert asked not in CLOCKS, f"{name}, line {node.lineno}: `now` is an argument, {'.'.join(asked)} is not"


# --- the parts of the store ---------------------------------------------------------------------------------


def test_each_method_of_the_store_has_one_home() -> None:
    """That a part calls only what it inherits, mypy sees to."""
    from tracker.store import Store

    homes: dict[str, str] = {}
    for part in Store.__mro__[:-1]:
        for name, value in vars(part).items():
            if name in vars(object) or not isinstance(value, (FunctionType, property, classmethod, staticmethod)):
                continue  # what Python writes into a class by itself, more of it in each version
            assert name not in homes, f"{name} is one of {part.__name__} and of {homes[name]}"
            homes[name] = part.__name__


def test_the_parts_of_the_store_are_as_they_are_drawn() -> None:
    from tracker.store import Store

    parts = {part.__name__: part for part in Store.__mro__[:-1]}
    way: list[str] = []
    drawn: set[str] = set()
    for depth, name, file in re.findall(
        r"^ {4}([ |`-]*)([A-Z]\w+) +([a-z]+) ", _said_of("tracker.store"), re.MULTILINE
    ):
        way[len(depth) // 4 :] = [name]
        drawn.add(name)
        assert parts[name].__module__ == f"tracker.store.{file}"
        assert len(way) == 1 or parts[way[-2]] in parts[name].__bases__, f"{name} is drawn below {way[-2]}"
    assert drawn == parts.keys()


# --- names and words ----------------------------------------------------------------------------------------


@every_module
def test_no_pattern_repeats_a_group_possessively(name: str) -> None:
    """``(?:..)*+`` matches too much in Python before 3.11.5 (CPython, gh-106052); of one sign, ``.*+``, it is right."""
    for node in ast.walk(tree(MODULES[name])):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            said = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            assert not re.search(r"\(.*(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+(?!,)", said), f"{name}, line {node.lineno}"


@every_module
def test_every_module_says_what_it_is(name: str) -> None:
    assert ast.get_docstring(tree(MODULES[name])), f"{name} has no docstring"


@every_module
def test_a_file_is_named_for_what_it_does(name: str) -> None:
    assert not {part.strip("_") for part in name.split(".")} & NO_NAMES


# --- platforms ----------------------------------------------------------------------------------------------


def test_there_are_platforms() -> None:
    assert PLATFORMS


@every_platform
def test_a_platform_names_its_documentation(platform: str) -> None:
    said = ast.get_docstring(tree(HOUSE / "platforms" / f"{platform}.py")) or ""
    assert "https://" in said, f"platforms/{platform}.py: its docstring needs a link to the documentation"


@every_platform
@pytest.mark.parametrize("function", ["read", "requests"])
def test_a_platform_reads_and_says_what_to_fetch(platform: str, function: str) -> None:
    body = tree(HOUSE / "platforms" / f"{platform}.py").body
    named = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    assert function in named, f"platforms/{platform}.py: def {function}(…) is missing"


@every_platform
def test_a_platform_has_documents_with_what_is_read_from_them(platform: str) -> None:
    folder = HERE / "platforms" / platform
    assert any(folder.glob("*.expected.json")), f"tests/platforms/{platform}/ needs <case> and <case>.expected.json"


def test_every_folder_of_documents_has_its_platform() -> None:
    folders = {path.name for path in (HERE / "platforms").glob("*") if path.is_dir() and not path.name.startswith("_")}
    assert folders <= set(PLATFORMS), f"no platform for tests/platforms/: {', '.join(sorted(folders - set(PLATFORMS)))}"


def test_the_feeds_that_are_shipped_ask_only_for_platforms_that_exist() -> None:
    from tracker import config

    for path in (HOUSE.parent / "feeds.yaml", HOUSE / "config" / "starter.yaml"):
        assert config.load(path, tuple(PLATFORMS))
