"""Airflow's UI as a person uses it, in headless Chromium."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from pipeline_components.store import Store
from tests.kits.airflow import PATIENCE_S, Place, Served, log_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.airflow, pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(chromium: "Browser", served: Served, place: Place) -> "Iterator[Page]":
    """The DAG's page, somebody logged in."""
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(180_000)
    log_in(page, served)

    page.get_by_role("link", name="Dags", exact=True).click()
    page.locator("a[href$='/dags/digits_retraining']").first.click()
    page.wait_for_url("**/dags/digits_retraining")
    page.get_by_text("validate_parameters").first.wait_for()  # the list has a Trigger button too
    yield page
    page.close()


def test_a_person_retrains_with_a_changed_parameter(
    page: "Page", served: Served, trained: str, place: Place, tmp_path: Path
) -> None:
    latest = served.airflow.runs(1)[0]["dag_run_id"]
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Ingest", exact=True).click()
    form.locator("input[name=element_dataset]").fill("mnist_sample")
    form.get_by_role("button", name="Report", exact=True).click()
    form.locator("input[name=element_gallery_size]").fill("12")
    page.screenshot(path=tmp_path / "form.png")
    form.get_by_role("button", name="Trigger", exact=True).click()
    form.wait_for(state="hidden")

    run_id = new_run(served, latest)
    assert served.finish(run_id)["state"] == "success", served.words(run_id, "verdict")
    page.goto(f"{served.airflow.address}/dags/digits_retraining/runs/{quote(run_id)}")
    page.get_by_text("Success").first.wait_for()
    page.screenshot(path=tmp_path / "grid.png")

    record = Store(place.store).run(run_id)
    assert record["parameters"]["gallery_size"] == 12
    assert [name for name, step in record["steps"].items() if not step["hit"]] == ["report"]


def test_a_number_out_of_bounds_is_left_as_typed_and_refused_with_the_bound(
    page: "Page", served: Served, trained: str
) -> None:
    """Airflow's form would make another number of it, were the bounds where it looks for them: chain/form.py."""
    latest = served.airflow.runs(1)[0]["dag_run_id"]
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Train", exact=True).click()
    epochs = form.locator("input[name=element_epochs]")
    epochs.fill("0")
    epochs.press("Tab")
    assert epochs.input_value() == "0"
    form.get_by_role("button", name="Trigger", exact=True).click()
    page.get_by_text("0 is less than the minimum of 1").first.wait_for()
    assert served.airflow.runs(1)[0]["dag_run_id"] == latest


def new_run(served: Served, before: str) -> str:
    """The id of the run that has come after that one."""
    deadline = time.monotonic() + PATIENCE_S
    while (newest := str(served.airflow.runs(1)[0]["dag_run_id"])) == before:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return newest
