"""A person decides in a real Airflow, over REST: approve, reject, no answer, and a second answer."""

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.local_airflow.home import USER
from pipeline_components.local_airflow.processes import AirflowError
from pipeline_components.local_airflow.watch import ENDED
from pipeline_components.store import ServedModel, Store
from tests.kits.airflow import PATIENCE_S, Place, Served, log_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
HOSTILE = "<script>document.title='executed'</script> {{ 7 * 7 }} [x](javascript:alert(1))"


def question_of(served: Served, run_id: str) -> str:
    """The path of a run's question, once it is asked."""
    deadline = time.monotonic() + PATIENCE_S
    while served.states(run_id).get("ask") != "awaiting_input":
        assert time.monotonic() < deadline and served.airflow.run(run_id)["state"] not in ENDED, served.states(run_id)
        time.sleep(0.5)
    time.sleep(3)  # as a person needs to read it
    return details_of(run_id)


def details_of(run_id: str) -> str:
    """The path of a run's question."""
    return f"/api/v2/dags/digits_retraining/dagRuns/{quote(run_id)}/taskInstances/ask/-1/hitlDetails"


def asked(served: Served, **parameters: Any) -> tuple[str, str]:
    """A run that reads the same data with another margin, and the path of its question."""
    given = {"dataset": "mnist_sample", "approval": "always", **parameters}
    run_id = served.airflow.trigger(given)
    return run_id, question_of(served, run_id)


def answer(served: Served, path: str, option: str, reason: str) -> dict[str, Any]:
    return served.airflow.ask("PATCH", path, {"chosen_options": [option], "params_input": {"reason": reason}})


def test_an_approved_model_is_served_and_everything_says_by_whom_and_why(
    served: Served, trained: str, place: Place
) -> None:
    run_id, path = asked(served, epochs=21)
    question = served.airflow.ask("GET", path)
    assert question["options"] == ["Approve", "Reject"] and question["defaults"] == ["Reject"]
    assert "| accuracy | " in question["body"] and "| champion | " in question["body"]
    assert (
        f"({served.airflow.address}/dags/digits_retraining/runs/{quote(run_id, safe='')}/plugin/digits-run)"
        in (question["body"])
    )
    served_before = len(ServedModel(place.store, MODEL_NAME).numbers())
    answer(served, path, "Approve", HOSTILE)
    with pytest.raises(AirflowError, match="409"):
        answer(served, path, "Reject", "on second thought")

    assert served.finish(run_id)["state"] == "success", served.words(run_id, "verdict")
    assert set(served.states(run_id).values()) == {"success"}
    store = Store(place.store)
    record = store.run(run_id)
    decision = record["decision"]
    assert (decision["decision"], decision["by"], decision["reason"], decision["how"]) == (
        *("approved", "admin", HOSTILE, "airflow"),
    )
    last = ServedModel(place.store, MODEL_NAME).journal()[-1]
    assert last.why.endswith(f"approved by admin: {HOSTILE} ({decision['id']})")
    assert len(ServedModel(place.store, MODEL_NAME).numbers()) == served_before + 1
    report = store.artifact(record["report"])
    html, card = ((report.path / name).read_text() for name in ("report.html", "model_card.md"))
    assert "Approved by admin on " in html and "<script" not in html
    assert "Approved by admin on " in card and "<script>" not in card
    assert report.manifest.inputs["decision"]["id"] == decision["id"]
    assert store.artifact(record["steps"]["export"]["id"]).manifest.inputs["decision"]["id"] == decision["id"]
    assert any(word.startswith("decision  approved by admin: <script>") for word in served.words(run_id, "verdict"))
    assert store.verify() == []

    with served.client("anna", "user") as editor:
        form = {"version": str(served_before), "reason": HOSTILE}
        answer_of = editor.post("/digits/served/rollback", data=form, headers={"Origin": served.airflow.address})
        assert answer_of.status_code == 303, answer_of.text
        page = editor.get("/digits/served").text
    last = ServedModel(place.store, MODEL_NAME).journal()[-1]
    assert (last.action, last.who, last.why) == ("rollback", "anna", HOSTILE)
    assert "<script>document" not in page and "&lt;script&gt;document" in page


def test_an_answer_that_comes_at_once_counts_or_is_asked_for_again(served: Served, trained: str, place: Place) -> None:
    """The executor may not have seen the end of the process that asked: Airflow 3.3.2 takes it for killed then."""
    run_id = served.airflow.trigger({"dataset": "mnist_sample", "approval": "always", "epochs": 17})
    deadline, answered = time.monotonic() + PATIENCE_S, 0
    while served.airflow.run(run_id)["state"] not in ENDED:
        assert time.monotonic() < deadline, served.states(run_id)
        (asking,) = (task for task in served.airflow.tasks(run_id) if task["task_id"] == "ask")
        if asking["state"] == "awaiting_input" and asking["try_number"] > answered:
            time.sleep(3 if answered else 0)  # the second time as a person needs to read it
            answered = asking["try_number"]
            answer(served, details_of(run_id), "Reject", f"attempt {answered}")
        time.sleep(0.02)
    assert answered in (1, 2)
    assert Store(place.store).run(run_id)["reasons"] == [f"rejected by admin: attempt {answered}"]
    print(f"\nasked {answered} times")


def test_a_rejected_model_is_not_served_and_its_run_is_red(served: Served, trained: str, place: Place) -> None:
    before = ServedModel(place.store, MODEL_NAME).numbers()
    run_id, path = asked(served, epochs=19)
    answer(served, path, "Reject", "it reads no sevens")
    assert served.finish(run_id)["state"] == "failed"
    states = served.states(run_id)
    assert (states["ask"], states["approve"], states["export"], states["verdict"]) == (
        *("success", "success", "skipped", "failed"),
    )
    record = Store(place.store).run(run_id)
    assert (record["verdict"], record["ending"], record["reasons"]) == (
        *("refused", "rejected", ["rejected by admin: it reads no sevens"]),
    )
    assert served.note(run_id).startswith("**rejected**: rejected by admin: it reads no sevens")
    assert ServedModel(place.store, MODEL_NAME).numbers() == before

    again = served.airflow.trigger({"dataset": "mnist_sample", "epochs": 19})
    assert served.finish(again)["state"] == "failed"
    assert served.states(again)["gate"] == "skipped", "a rejection holds for a run that asks nobody"


def test_no_answer_in_time_rejects_and_the_next_run_asks_again(served: Served, trained: str, place: Place) -> None:
    run_id, _ = asked(served, epochs=18, approval_timeout_h=0.0005)
    assert served.finish(run_id)["state"] == "failed"
    record = Store(place.store).run(run_id)
    assert (record["verdict"], record["decision"]["by"], record["decision"]["how"]) == ("refused", "nobody", "timeout")
    assert record["reasons"] == ["rejected by nobody: no answer came in time"]
    assert served.states(run_id)["export"] == "skipped"
    again, path = asked(served, epochs=18)
    answer(served, path, "Reject", "seen now")
    served.finish(again)
    assert Store(place.store).run(again)["decision"]["by"] == "admin"


@pytest.mark.browser
def test_a_person_approves_in_the_ui_and_the_runs_page_says_so(
    chromium: "Browser", served: Served, trained: str, place: Place
) -> None:
    run_id, _ = asked(served, epochs=22)
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(180_000)
    log_in(page, served)
    page.get_by_role("link", name="Dags", exact=True).wait_for()
    here = f"{served.airflow.address}/dags/digits_retraining/runs/{quote(run_id, safe='')}"
    page.goto(f"{here}/tasks/ask/required_actions")
    page.get_by_text("May this model be served?").first.wait_for()
    assert page.get_by_text("cross-entropy").first.is_visible()
    page.locator("[name=element_reason]").first.fill(HOSTILE)
    page.get_by_role("button", name="Approve", exact=True).click()
    assert served.finish(run_id)["state"] in ("success", "failed")
    decision = Store(place.store).run(run_id)["decision"]
    assert (decision["decision"], decision["by"], decision["reason"]) == ("approved", USER, HOSTILE)

    page.goto(f"{here}/plugin/digits-run")
    told = page.frame_locator("iframe").get_by_text("approved by admin on").first
    told.wait_for()
    assert HOSTILE in (told.text_content() or "") and page.title() != "executed"
    page.close()
