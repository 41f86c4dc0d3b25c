"""A stored page in another theme: as long as before, and nothing else in it changed."""

from pathlib import Path

import pytest

from pipeline_components.pages.theming import ASKED, EITHER, themed
from tests.kits.pages import REPORT, asked

CSS = b":root{color-scheme: light dark}@media (prefers-color-scheme: dark) {body{color:red}}@media print{a{b:c}}"


@pytest.mark.parametrize(("theme", "query"), [("dark", b"(min-width: 0)"), ("light", b"(max-width: 0)")])
def test_what_depends_on_the_systems_scheme_is_decided(theme, query):
    found = themed(CSS, theme)
    assert len(found) == len(CSS) and b"prefers-color-scheme" not in found
    assert f":root{{color-scheme: {theme}".encode() in found and b"@media " + query in found
    assert found.endswith(b"{body{color:red}}@media print{a{b:c}}")


def test_a_page_that_depends_on_nothing_stays_as_it_is(root):
    plain, dark, odd = asked(
        root, *(f"/artifacts/report/1/show/report.html{q}" for q in ("", "?theme=dark", "?theme=x"))
    )
    assert plain.text == dark.text == odd.text == REPORT
    assert dark.headers["content-security-policy"] == plain.headers["content-security-policy"]


@pytest.mark.parametrize("page", ["report/report.css", "tune/study.css"])
def test_our_own_pages_say_it_in_these_words(page):
    css = (Path(__file__).parents[2] / "pipeline_components" / page).read_bytes()
    assert ASKED in css and EITHER in css
