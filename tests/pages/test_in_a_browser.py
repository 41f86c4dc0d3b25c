"""The pages in Chromium: nothing hostile executes, nothing is wider than the screen, the keyboard finds its way."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from pipeline_components.pages.application import application
from tests.kits.pages import EVIL, filled

pytestmark = pytest.mark.browser
PAGES = (
    "/",
    "/runs/run__2",
    "/artifacts",
    "/artifacts/preprocess/1",
    "/artifacts/train/1",
    "/artifacts/evaluate/1",
    "/artifacts/report/1",
    "/artifacts/train/2/lineage",
    "/artifacts/evaluate/1/mistakes",
    "/artifacts/preprocess/1/files/test.arrow",
    "/artifacts/ingest/1/files/a.txt",
    "/compare?one=evaluate/1&other=evaluate/2",
    "/served",
    "/health?gc=1",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """The pages of a store in which every text that a component or a person may write is hostile."""
    root: Path = filled(tmp_path_factory.mktemp("hostile") / "store", said=EVIL).root
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(root), ws="none", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    bound.close()


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
