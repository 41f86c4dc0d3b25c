"""The report in Chromium, on phone and desk, light and dark."""

from pathlib import Path

import pytest

from tests.kits.evaluations import reported

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")])
def test_nothing_is_fetched_nothing_complains_nothing_is_wider_than_the_screen(chromium, report_file, width, scheme):
    fetched, complaints = [], []
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.on("request", lambda request: fetched.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(report_file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth)")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(background) < 3 * 128) == (scheme == "dark")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the verdict"
    page.close()
    assert {url for url in fetched if not url.startswith(("file:", "data:"))} == set()
    assert complaints == []


@pytest.fixture(scope="module")
def report_file(tmp_path_factory) -> Path:
    """A report with everything in it."""
    return reported(tmp_path_factory.mktemp("whole"), earlier=3)[0] / "report.html"
