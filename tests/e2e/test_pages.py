"""The store's pages inside a real Airflow: behind its login, every one of them, and in its UI."""

import html
import re
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import TYPE_CHECKING

import httpx
import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.pages.application import changes_of, pages_of
from pipeline_components.store import ServedModel
from pipeline_components.store.pins import pins
from tests.kits.airflow import Place, Served, log_in
from tests.kits.mapped import HEAVY, packages_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
PARTS = {
    "run_id": "run__1",
    "task": "train",
    "component": "train",
    "number": "1",
    "name:path": "a",
    "name": "pages.css",
}


def paths() -> list[str]:
    """An address for every route of the pages."""
    return [re.sub(r"\{([^}]+)\}", lambda part: PARTS[part[1]], each.path) for each in pages_of(Path("none"))]


def test_no_route_answers_without_a_login(served: Served) -> None:
    with httpx.Client(base_url=f"{served.airflow.address}/digits", trust_env=False) as anyone:
        answers = {path: anyone.get(path) for path in paths()}
        forged = {path: anyone.get(path, headers={"Authorization": "Bearer forged"}) for path in paths()}
        posted = {each.path: anyone.post(each.path, data={"reason": "mine"}) for each in changes_of(Path("none"))}
    assert len(answers) > 10
    assert {answer.status_code for answer in posted.values()} == {401} and len(posted) == 2
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert {answer.status_code for answer in forged.values()} <= {401, 403}
    assert all("Log in to Airflow first" in answer.text for answer in answers.values())
    assert all('href="/auth/login?next=http' in answer.text for answer in answers.values())


def test_airflow_works_and_a_page_says_what_is_wrong_while_there_is_no_store(served: Served, place: Place) -> None:
    assert served.airflow.is_up()
    with served.pages() as pages:
        answer = pages.get("/")
    assert answer.status_code in (200, 503)  # 503 until the first run has made the store
    assert (answer.status_code == 503) == (f"{place.store}: no store there" in answer.text)


def test_a_viewer_sees_everything_and_changes_nothing_and_who_may_edit_does_both(
    served: Served, trained: str, place: Place
) -> None:
    own = {"Origin": served.airflow.address}
    pin, why = "/digits/artifacts/train/1/pin", {"reason": "for the paper"}
    with served.client("vera", "viewer") as viewer, served.client("anna", "user") as editor:
        page = viewer.get("/digits/artifacts/train/1")
        assert page.status_code == 200 and "<form" not in page.text
        for path in (pin, "/digits/served/rollback"):
            assert viewer.post(path, data=why | {"version": "1"}, headers=own).status_code == 403
        assert editor.post(pin, data=why).status_code == 403, "from no page"
        assert editor.post(pin, data=why, headers={"Origin": "http://evil.example"}).status_code == 403
        assert pins(place.store) == {}
        assert "<form" in editor.get("/digits/artifacts/train/1").text
        assert editor.post(pin, data=why, headers=own).status_code == 303
        assert (pins(place.store)["train/1"]["who"], pins(place.store)["train/1"]["why"]) == ("anna", "for the paper")
        assert editor.post(pin, data=why | {"pinned": "no"}, headers=own).status_code == 303
        before = [each.action for each in ServedModel(place.store, MODEL_NAME).journal()]
        refused = editor.post("/digits/served/rollback", data=why | {"version": "999"}, headers=own)
        assert refused.status_code == 503 and "version 999 of model digits: no such version" in refused.text
        assert [each.action for each in ServedModel(place.store, MODEL_NAME).journal()] == before


@pytest.mark.browser
def test_a_person_logs_in_and_opens_the_pages(chromium: "Browser", served: Served, place: Place, trained: str) -> None:
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(120_000)
    log_in(page, served)
    page.get_by_role("link", name="Dags", exact=True).wait_for()
    page.goto(f"{served.airflow.address}/plugin/digits")
    pages = page.frame_locator("iframe")
    pages.get_by_role("link", name=trained, exact=True).click()
    pages.get_by_role("heading", name="What each component made or found").wait_for()
    pages.get_by_role("link", name="evaluate/1").first.click()
    pages.get_by_role("heading", name="Confusion").wait_for()
    page.close()


def crawled(pages: httpx.Client) -> dict[str, int]:
    """Every page that links lead to from the first, with its status; of each component, its first artifact alone."""
    found: dict[str, int] = {}
    waiting = ["/", "/runs/none/tasks/train", "/health?gc=1", "/compare?one=train/1&other=train/1"]
    for path in waiting:  # it grows meanwhile
        answer = pages.get(path)
        found[path] = answer.status_code
        links = (
            re.findall(r'(?:href|src)="/digits(/[^"#]*)', answer.text)
            if "html" in answer.headers["content-type"]
            else []
        )
        fresh = [html.unescape(each) for each in links if not re.match(r"/artifacts/[a-z]+/(?!1\b)\d", each)]
        waiting += [each for each in dict.fromkeys(fresh) if each not in waiting]
    return found


def test_every_page_is_answered_by_a_process_that_computes_nothing(served: Served, trained: str) -> None:
    with served.pages() as pages:
        found = crawled(pages)
    missing = {path for path, status in found.items() if status != 200}
    assert missing == {"/runs/none", "/runs/none/tasks/train"}
    for each in pages_of(Path("none")):
        pattern = re.sub(r"\{[^}:]+(:path)?\}", lambda part: ".+" if part[1] else "[^/]+", each.path)
        assert any(re.fullmatch(pattern, path.partition("?")[0]) for path in found), each.path
    assert "pyarrow" in served.packages() and not served.packages() & HEAVY


def test_what_a_process_has_imported_is_seen_from_outside() -> None:
    code = f"import {', '.join(sorted(HEAVY))}; print('imported', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "imported\n"
        assert packages_in(process.pid) >= HEAVY
        process.communicate("\n")
