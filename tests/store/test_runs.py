"""Which run was the last, without a look at all of them."""

import os
import shutil

import pytest

from pipeline_components.store import runs
from pipeline_components.store.seal import seal


@pytest.fixture
def recorded(store):
    for number in range(1, 4):
        store.write_run(f"run__{number}", {"verdict": number})
        os.utime(store.root / "runs" / f"run__{number}.json", (number, number))
    return store


def test_the_last_run_is_the_one_that_was_written_last(recorded, monkeypatch):
    assert recorded.last_run()["verdict"] == 3
    recorded.write_run("run__1", {"verdict": "again"})
    monkeypatch.setattr(runs, "run_ids", lambda root: pytest.fail("all runs were looked at"))
    assert (recorded.last_run()["run_id"], recorded.last_run()["verdict"]) == ("run__1", "again")


def test_a_record_that_an_older_version_wrote_later_is_the_last_one(recorded):
    (recorded.root / "runs" / "run__9.json").write_bytes(seal({"format": 1, "run_id": "run__9"}))
    assert recorded.last_run()["run_id"] == recorded.runs()[-1]["run_id"] == "run__9"


@pytest.mark.parametrize("harm", [shutil.rmtree, lambda folder: (folder / "runs" / "last").write_bytes(b"x")])
def test_the_last_run_is_found_when_its_name_is_lost(recorded, harm, monkeypatch):
    harm(recorded.root / ".index")
    assert recorded.last_run()["run_id"] == "run__3"
    monkeypatch.setattr(runs, "run_ids", lambda root: pytest.fail("all runs were looked at"))
    assert recorded.last_run()["run_id"] == "run__3"


def test_every_attempt_of_a_run_stays_and_the_last_one_is_told(recorded):
    for verdict in ("failed", "refused", "blessed"):
        recorded.write_run("run__9", {"verdict": verdict})
    assert recorded.run("run__9")["verdict"] == "blessed"
    assert recorded.run("run__9")["earlier"] == [{"verdict": "failed"}, {"verdict": "refused"}]
    recorded.write_run("run__9", recorded.run("run__9"))
    assert [each["verdict"] for each in recorded.run("run__9")["earlier"]] == ["failed", "refused", "blessed"]
    assert recorded.verify() == []


def test_an_attempt_that_cannot_be_read_hinders_no_other(recorded):
    (recorded.root / "runs" / "run__3.json").write_bytes(b"{}")
    recorded.write_run("run__3", {"verdict": "again"})
    assert recorded.run("run__3")["verdict"] == "again" and "earlier" not in recorded.run("run__3")


def test_a_damaged_record_is_passed_over(recorded):
    (recorded.root / "runs" / "run__3.json").write_bytes(b"{}")
    os.utime(recorded.root / "runs" / "run__3.json", (3, 3))
    assert recorded.last_run()["run_id"] == "run__2"


def test_there_is_no_last_run_in_a_store_without_one(store):
    assert store.last_run() is None
