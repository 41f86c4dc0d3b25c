"""What is told of a run that has ended: the reason first, the last attempt, and for every run."""

from pathlib import Path

import pytest

from pipeline_components.local_airflow.notes import KILLED, STOPPED, Notes, note, page_of
from pipeline_components.store import Store

REFUSED = {"verdict": "refused", "ending": "refused", "reasons": ["accuracy too low", "class 8 too low"]}
NO_DATA = {"verdict": "failed", "ending": "no data", "reasons": ["ingest: no route"]}
RUN = "manual__1+00:00"
PAGE = "- [its page](/dags/digits_retraining/runs/manual__1%2B00%3A00/plugin/digits-run)"
BLESSED = {"verdict": "blessed", "ending": "blessed", "reasons": ["98 of 100 right"]}


class Airflow:
    """Runs that have ended, and their notes; `asked` are the times since which it was asked."""

    def __init__(self, **ended: str) -> None:
        self.asked: list[str | None] = []
        self.ran = {name: self._run(name, end) for name, end in ended.items()}

    def _run(self, name: str, end: str) -> dict:
        times = {"start_date": f"{end[:-3]}:00.5+00:00", "end_date": f"{end}.9+00:00"}
        return {"dag_run_id": name, "note": None, **times}

    def ended_runs(self, since: str | None) -> list[dict]:
        self.asked.append(since)
        return [run for run in self.ran.values() if run["end_date"] >= (since or "")]

    def change_run(self, run_id: str, note: str) -> None:
        self.ran[run_id]["note"] = note

    def notes(self) -> dict[str, str]:
        return {name: run["note"] for name, run in self.ran.items()}


def link(run_id: str) -> str:
    return f"- [its page]({page_of(run_id)})"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "artifacts")


def test_a_note_says_how_it_ended_why_and_what_is_served() -> None:
    more = {"accuracy": 0.5, "dataset": "mnist_sample", "report": "report/1"}
    served = {"served_version": 3, "served_model": "train/2"}
    assert note(Path("artifacts"), REFUSED | more | served, RUN).splitlines() == [
        "**refused**: accuracy too low",
        "- class 8 too low",
        "- accuracy 0.5000 on mnist_sample",
        "- version 3, model train/2, is served",
        "- report: `artifacts/report/1/report.html`",
        PAGE,
    ]
    assert note(Path("artifacts"), NO_DATA, RUN) == f"**no data**: ingest: no route\n{PAGE}"
    assert note(Path("artifacts"), {"verdict": "failed", "reasons": []}, RUN) == f"**failed**\n{PAGE}", (
        "of an older version"
    )


def test_a_note_says_that_a_blessed_model_is_held_back() -> None:
    held = {"ending": "blessed, held back", "held_back": "export/2 was rolled back from", "served_version": 3}
    assert note(Path("artifacts"), BLESSED | held, RUN).splitlines() == [
        "**blessed, held back**: export/2 was rolled back from",
        "- 98 of 100 right",
        "- version 3 is served",
        PAGE,
    ]


def test_every_ended_run_gets_its_note_and_later_ones_are_asked_for_from_there(store: Store) -> None:
    ended = {f"run{n}": f"2026-01-01T00:{n:02}:30" for n in range(12)}
    airflow = Airflow(**ended)
    for n in range(11):
        store.write_run(f"run{n}", BLESSED | {"ended_at": f"2026-01-01T00:{n:02}:29+00:00"})
    notes = Notes(airflow, store.root)  # type: ignore[arg-type]
    notes.leave()
    assert airflow.notes() == {f"run{n}": f"**blessed**: 98 of 100 right\n{link(f'run{n}')}" for n in range(11)} | {
        "run11": KILLED
    }
    notes.leave()
    assert airflow.asked == [None, "2026-01-01T00:11:30.9+00:00"]


def test_the_last_attempt_of_a_cleared_run_is_told_in_place_of_the_one_before(store: Store) -> None:
    airflow = Airflow(run1="2026-01-01T00:01:30")
    notes = Notes(airflow, store.root)  # type: ignore[arg-type]
    store.write_run("run1", NO_DATA | {"ended_at": "2026-01-01T00:01:29+00:00"})
    notes.leave()
    assert airflow.notes() == {"run1": f"**no data**: ingest: no route\n{link('run1')}"}
    airflow.ran["run1"] |= {"start_date": "2026-01-01T00:02:00+00:00", "end_date": "2026-01-01T00:02:30+00:00"}
    notes.leave()
    assert airflow.notes() == {"run1": KILLED}, "the record is of the attempt before"
    store.write_run("run1", BLESSED | {"ended_at": "2026-01-01T00:02:29+00:00"})
    notes.leave()
    assert airflow.notes() == {"run1": f"**blessed**: 98 of 100 right\n{link('run1')}\n- attempt 2; before it: no data"}


@pytest.mark.parametrize(("before", "stays"), [("looks odd to me", True), (STOPPED, False), (KILLED, False)])
def test_a_persons_note_stays(store: Store, before: str, stays: bool) -> None:
    airflow = Airflow(run1="2026-01-01T00:01:30")
    airflow.ran["run1"]["note"] = before
    store.write_run("run1", BLESSED | {"ended_at": "2026-01-01T00:01:29+00:00"})
    Notes(airflow, store.root).leave()  # type: ignore[arg-type]
    assert (airflow.notes()["run1"] == before) is stays


def test_a_run_that_airflow_s_end_interrupted_keeps_saying_so(store: Store) -> None:
    airflow = Airflow(run1="2026-01-01T00:01:30")
    airflow.ran["run1"]["note"] = STOPPED
    Notes(airflow, store.root).leave()  # type: ignore[arg-type]
    assert airflow.notes() == {"run1": STOPPED}
