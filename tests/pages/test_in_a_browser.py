"""The pages in Chromium: nothing hostile executes, nothing is wider than the screen, the keyboard finds its way."""

from collections.abc import Iterator

import pytest

from tests.kits.browsing import PAGES, served
from tests.kits.pages import EVIL, filled
from tests.kits.searches import searched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """The pages of a store in which every text that a component or a person may write is hostile."""
    store = filled(tmp_path_factory.mktemp("hostile") / "store", said=EVIL)
    searched(store, said=EVIL)
    with served(store.root) as address:
        yield address


@pytest.mark.parametrize(("width", "scheme"), [(400, "dark"), (1400, "light")])
def test_nothing_hostile_executes_and_nothing_is_wider_than_the_screen(chromium, address, width, scheme):
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    fetched, dialogs = [], []
    page.on("request", lambda request: fetched.append(request.url))
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    for path in PAGES:
        page.goto(address + path)
        assert "executed" not in page.title(), path
        assert page.evaluate("window.x") is None, path
        assert page.locator("img[onerror]").count() == 0, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        background = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert (sum(background) < 3 * 128) == (scheme == "dark"), path
    page.close()
    assert dialogs == []
    assert {url for url in fetched if not url.startswith((address, "data:"))} == set()


def test_a_reports_script_does_not_run_alone_or_embedded(chromium, address):
    page = chromium.new_page()
    page.goto(f"{address}/artifacts/report/1/show/report.html")
    assert page.title() == "Report"
    page.goto(f"{address}/artifacts/report/1")
    page.locator("iframe.report").scroll_into_view_if_needed()
    page.frame_locator("iframe.report").get_by_role("heading", name="The report").wait_for()
    assert page.evaluate("window.x") is None and page.title() == "report/1 · Digits"
    page.close()


def test_a_person_finds_the_way_from_a_run_to_its_lineage_by_keyboard_too(chromium, address):
    page = chromium.new_page()
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("link", name="run__2", exact=True).click()
    page.get_by_role("link", name="evaluate/2").first.click()
    page.get_by_role("link", name="Lineage").click()
    page.locator("svg.lineage a", has_text="train/2").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Lineage of train/2"
    for path in PAGES:
        page.goto(address + path)
        assert page.locator("h1").count() == page.locator("main").count() == 1, path
    page.close()


def test_the_theme_of_airflow_is_followed(chromium, address):
    page = chromium.new_page(color_scheme="light")
    page.goto(address)
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 19, 23)"
    page.close()


@pytest.mark.parametrize(("system", "theme"), [("light", "dark"), ("dark", "light"), ("dark", None)])
def test_what_is_embedded_is_in_the_theme_of_its_page(chromium, address, system, theme):
    page = chromium.new_page(color_scheme=system)
    page.goto(address)
    if theme:
        page.evaluate(f"localStorage.setItem('theme', '{theme}')")
    page.goto(f"{address}/artifacts/tune/1")
    page.locator("iframe.report").scroll_into_view_if_needed()
    study = page.frame_locator("iframe.report").get_by_role("heading", name="Study")
    study.wait_for()
    background = {"dark": "rgb(22, 24, 28)", "light": "rgb(254, 254, 254)"}[theme or system]
    expect = pytest.importorskip("playwright.sync_api").expect
    expect(page.frame_locator("iframe.report").locator("body")).to_have_css(
        "background-color", background, timeout=60_000
    )
    assert page.evaluate("window.x") is None
    page.close()
