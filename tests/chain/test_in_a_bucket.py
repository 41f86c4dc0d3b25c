"""The real components on machines that share a bucket and no disk, as `digits` runs them."""

from pathlib import Path

import pytest

from tests.conftest import Digits

pytestmark = pytest.mark.slow
RUN = ("run", "--dataset", "mnist_sample", "--accuracy-threshold", "0.5")


def test_one_machine_retrains_another_reuses_a_third_looks_and_rolls_back(tmp_path: Path) -> None:
    pytest.importorskip("obstore", reason="needs obstore: install the extra `remote`")
    bucket = {"DIGITS_REMOTE": f"file://{tmp_path / 'bucket'}"}
    here, there, third = (Digits(tmp_path / name) for name in ("here", "there", "third"))
    made = here.json(*RUN, "--epochs", "5", **bucket)
    assert not any(step["hit"] for step in made["steps"].values())
    again = there.json(*RUN, "--epochs", "5", **bucket)
    assert all(step["hit"] for step in again["steps"].values())
    assert {name: step["id"] for name, step in again["steps"].items()} == {
        name: step["id"] for name, step in made["steps"].items()
    }
    better = there.json(*RUN, "--epochs", "20", **bucket)
    assert better["served_version"] == 2

    assert not third.store.exists()
    lineage = third("lineage", "export/2", **bucket).stdout
    assert all(f"{each}/2" in lineage for each in ("train", "evaluate")) and "served digits/2" in lineage
    assert {each["run_id"] for each in third.json("runs", **bucket)} == {
        each["run_id"] for each in (made, again, better)
    }
    assert third("rollback", "--why", "too eager", **bucket).returncode == 0
    journal = here.json("versions", **bucket)
    assert max(journal, key=lambda each: each["number"])["export"] == "export/1"
    assert len(journal) == 3
    for machine in (here, there):
        assert machine("verify", **bucket).stdout.startswith("intact")
