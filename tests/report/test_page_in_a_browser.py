"""The report in Chromium: on phone and desk, light and dark, and on paper."""

from pathlib import Path

import pytest

from tests.kits.evaluations import reported
from tests.kits.pdf import structure

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (400, "dark"), (1400, "light"), (1400, "dark")])
def test_nothing_is_fetched_nothing_complains_nothing_is_wider_than_the_screen(chromium, report_file, width, scheme):
    fetched, complaints = [], []
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.on("request", lambda request: fetched.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(report_file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert {text: count for text, count in required_lines(page).items() if count > 1} == {}
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth)")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(background) < 3 * 128) == (scheme == "dark")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the verdict"
    page.close()
    assert {url for url in fetched if not url.startswith(("file:", "data:"))} == set()
    assert complaints == []


def test_what_a_rule_requires_is_never_torn_however_narrow_its_column(chromium, report_file):
    page = chromium.new_page()
    page.goto(report_file.as_uri())
    page.add_style_tag(content=".rules td:nth-child(3) { display: block; width: 1px; }")
    lines = required_lines(page)
    page.close()
    assert any(" " in text.replace("\u00a0", " ") for text in lines)
    assert {text: count for text, count in lines.items() if count > text.count(",") + 1} == {}


def required_lines(page) -> dict[str, int]:
    """What each rule requires, and on how many lines that stands."""
    lines = page.locator(".rules td:nth-child(3)").evaluate_all(
        "cells => cells.map(cell => [cell.textContent, [...new Set(range(cell).map(box => box.top))].length]);"
        "function range(cell) { const all = document.createRange(); all.selectNodeContents(cell);"
        " return [...all.getClientRects()]; }"
    )
    return dict(lines)


@pytest.mark.parametrize("paper", ["A4", "Letter", "A5"])
def test_on_paper_no_heading_stands_alone_no_row_is_split_and_all_is_open(chromium, report_file, paper):
    page = chromium.new_page(color_scheme="dark")
    page.goto(report_file.as_uri())
    count, printed = structure(page.pdf(format=paper, tagged=True))
    tables, closed = page.locator("table").count(), page.locator("details:not([open]) table").count()
    page.close()
    every = list(printed.all())
    assert count > 3
    assert closed > 0
    assert len([each for each in every if each.tag == "Table"]) == tables
    assert [sorted(each.spread) for each in every if each.tag in ("TR", "Caption") and len(each.spread) > 1] == []
    for place, each in enumerate(every):
        if each.tag == "Table":
            assert each.parts[0].spread == each.parts[1].spread == each.parts[2].spread
        if each.tag in ("H1", "H2", "H3"):
            after = next(other for other in every[place + len(list(each.all())) :] if other.sheets)
            assert each.spread == {min(after.spread)}, f"{each.tag} on {each.spread}, what follows on {after.spread}"


@pytest.fixture(scope="module")
def report_file(tmp_path_factory) -> Path:
    """A report with everything in it."""
    return reported(tmp_path_factory.mktemp("whole"), earlier=3, size=30)[0] / "report.html"
