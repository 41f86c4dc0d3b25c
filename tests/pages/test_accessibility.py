"""Every page under axe-core's eye, in light and in dark: no violation that it calls serious or critical.

Needs axe-core: `npm install axe-core` in a folder that DIGITS_AXE names, or with --no-save here. It sees no frame from
inside, so that what a component has written is opened alone; of text in an SVG it cannot tell what stands behind.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kits.browsing import PAGES, served
from tests.kits.pages import filled
from tests.kits.searches import searched

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
MORE = (
    "/artifacts?q=nothing&component=train&verdict=blessed",
    "/artifacts/export/1",
    "/artifacts/ingest/1",
    "/artifacts/report/1/files/report.html",
    "/artifacts/report/1/files/figures/one.png",
    "/artifacts/export/1/files/saved_model/saved_model.pb",
    "/compare",
    "/runs/run__9",
    "/runs/run__2/tasks/gate",
    "/nowhere",
)
RUN = """async () => (await axe.run({iframes: false, resultTypes: ["violations"]})).violations
    .filter(each => ["serious", "critical"].includes(each.impact))
    .map(each => `${each.id}: ${each.help}: ${each.nodes.map(node => node.html).slice(0, 3).join(" ")}`)"""


@pytest.fixture(scope="session")
def axe() -> str:
    """The script; tests that need it are skipped by name where it is not."""
    folder = Path(os.environ.get("DIGITS_AXE") or ROOT)
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        pytest.skip("needs axe-core: npm install axe-core in a folder, and DIGITS_AXE set to it")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    store = filled(tmp_path_factory.mktemp("accessible") / "store")
    searched(store)
    with served(store.root) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_no_page_has_a_serious_or_critical_violation(chromium, axe, address, scheme, width):
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    found = {}
    for path in (*PAGES, *MORE):
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        page.evaluate(axe)
        found[path] = page.evaluate(RUN)
    page.close()
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_that_a_component_writes_has_one(chromium, axe, reported, tuned, scheme):
    page = chromium.new_page(viewport={"width": 1400, "height": 900}, color_scheme=scheme)
    found = {}
    for file in (reported / "report.html", tuned / "study.html"):
        page.goto(file.as_uri())
        page.evaluate(axe)
        found[file.name] = page.evaluate(RUN)
    page.close()
    assert {name: each for name, each in found.items() if each} == {}


def test_what_it_is_asked_finds_a_violation(chromium, axe):
    page = chromium.new_page()
    page.set_content(
        "<!doctype html><html><title>x</title><body><p style='color:#bbb;background:#fff'>faint<img src=x>"
    )
    page.evaluate(axe)
    assert {each.partition(":")[0] for each in page.evaluate(RUN)} == {"color-contrast", "html-has-lang", "image-alt"}
    page.close()
