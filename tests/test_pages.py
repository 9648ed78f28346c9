"""The pages of ``timeline --html`` and ``show --html`` in a real browser: on a telephone, in large letters, by ear."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from browser import TELEPHONE, measure, needed

from tracker import demo
from tracker.show import html
from tracker.store import Store

DESK = 1280  # CSS pixels
Measured = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The demo's evening as one page, and its incident with the most steps as another."""
    needed()
    db = tmp_path_factory.mktemp("pages") / "evening.db"
    demo.play(db)
    with Store.open(db, write=False) as store:
        incidents, names = store.incidents(), store.vendor_names()
        longest = max(incidents, key=lambda incident: len(incident.steps))
        told = store.told(longest)
    return {
        "evening": html.page(incidents, tz=UTC, vendor_names=names),
        "one": html.page_of_one(longest, tz=UTC, vendor_names=names, told=[each for each in told if each.revisions]),
    }


@pytest.fixture
def measured(pages: dict[str, str], tmp_path: Path) -> Measured:
    """``browser.measure`` of the page of that name."""
    return lambda page, *more: measure(pages[page], tmp_path, *more)


SIZES = """{
    wide: page.documentElement.scrollWidth,
    words: parseFloat(style(page.querySelector('li p')).fontSize),
    notes: parseFloat(style(page.querySelector('.soft')).fontSize),
    states: all('.state').map(state => style(state).float),
    phases: all('.phase').map(phase => phase.getClientRects().length),
    labels: Math.min(...all('svg text').map(text => parseFloat(style(text).fontSize)
        * text.ownerSVGElement.getBoundingClientRect().width / text.ownerSVGElement.viewBox.baseVal.width)),
}"""


@pytest.mark.parametrize("page", ["evening", "one"])
def test_a_page_fits_a_telephone(measured: Measured, page: str) -> None:
    seen = measured(page, TELEPHONE, SIZES)
    assert seen["wide"] == TELEPHONE, "only the picture is pushed sideways, in its own frame"
    assert set(seen["phases"]) == {1}, "a phase stays with its sign"
    assert set(seen["states"]) == {"none"}, "a state has a line of its own, and breaks no word of the name"
    if page == "evening":
        assert seen["labels"] >= 9, "what stands in the picture can be read"


def test_whoever_set_large_letters_gets_them_throughout(measured: Measured) -> None:
    usual, large = (measured("evening", DESK, SIZES, f"--blink-settings=defaultFontSize={size}") for size in (16, 32))
    assert (usual["words"], large["words"]) == (16, 32)
    assert usual["words"] > usual["notes"] and large["words"] > large["notes"], "words before what is said of them"
    assert large["wide"] == DESK


ORDER = """{
    title: page.title,
    headings: all('h1, h2').map(heading => heading.localName),
    bars: all('svg a').map(bar => bar.getAttribute('aria-label')),
    pictures: all('svg').length,
}"""


def test_whoever_hears_a_page_knows_whose_each_bar_is(measured: Measured) -> None:
    seen = measured("evening", DESK, ORDER)
    assert seen["title"] == "Incident timeline" and seen["headings"] == ["h1", *["h2"] * len(seen["bars"])]
    assert any(bar.startswith("Lanterna Cloud: Deployments fail in Europe · resolved · Thu 28") for bar in seen["bars"])


def test_the_page_of_one_incident_is_called_by_its_name(measured: Measured) -> None:
    name = "Lanterna Cloud: Deployments fail in Europe"
    assert measured("one", DESK, ORDER) == {"title": name, "headings": ["h1"], "bars": [], "pictures": 0}
