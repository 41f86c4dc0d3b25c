"""A store that commit c618de1 made, of manifests of format 1 (old_store/make.py): read, served from and continued."""

import shutil
from pathlib import Path

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import Recipe, ServedModel, Store, content_in
from pipeline_components.store.gc import Policy, collect
from pipeline_components.store.pins import pins
from tests.kits.store import maker

OLD = Path(__file__).parent / "old_store" / "store"
IDS = ["evaluate/1", "evaluate/3", "export/1", "export/3", "ingest/1", "preprocess/1", "report/1", "train/1", "train/3"]


@pytest.fixture
def old(tmp_path: Path) -> Store:
    return Store(shutil.copytree(OLD, tmp_path / "artifacts"))


def as_made(store: Store, artifact_id: str) -> Recipe:
    """The recipe by which an artifact was made."""
    manifest = store.artifact(artifact_id).manifest
    inputs = {name: store.artifact(each["id"]) for name, each in manifest.inputs.items()}
    return Recipe(manifest.component, manifest.config, inputs, manifest.source, manifest.libraries)


def test_it_is_read_and_listed_and_nothing_is_wrong_with_it(old):
    assert old.verify() == []
    assert [each.id for each in old.artifacts()] == [each.id for each in old.summaries()] == IDS
    assert {each.manifest.format for each in old.artifacts()} == {1}
    assert old.artifact("report/1").manifest.inputs["history"][1]["id"] == "evaluate/3"
    assert [run["run_id"] for run in old.runs()] == ["run__1"] and set(pins(old.root)) == {"report/1"}


@pytest.mark.parametrize("artifact_id", ["ingest/1", "train/3", "export/1"])
def test_what_it_holds_is_found_and_not_made_again(old, artifact_id):
    outcome = old.produce(as_made(old, artifact_id), lambda out: pytest.fail("made again"))
    assert outcome.why == f"HIT: {artifact_id}"


@pytest.mark.parametrize(("component", "number"), [("train", 5), ("export", 5), ("evaluate", 5), ("ingest", 2)])
def test_numbers_go_on_after_those_that_it_gave(old, component, number):
    of = as_made(old, f"{component}/1")
    made = old.produce(Recipe(component, {"epochs": 9}, of.inputs, of.source, of.libraries), maker("new"))
    assert made.artifact.id == f"{component}/{number}"
    assert made.artifact.manifest.format == 2 and old.verify() == []


def test_its_versions_are_served_and_rolled_back_and_pushed_beside(old):
    serving = ServedModel(old.root, MODEL_NAME)
    assert (serving.current().number, serving.current().export) == (3, "export/1")
    assert [each.action for each in serving.journal()] == ["push", "push", "rollback"]
    assert serving.withdrawn(content_in(old.artifact("export/3")))
    assert serving.rollback(2, who="cleo").export == "export/3"
    assert serving.push(old.artifact("export/1"), who="cleo").number == 5
    assert old.verify() == []


def test_it_is_collected_and_the_numbers_still_go_on(old):
    old.produce(Recipe("train", {"epochs": 9}, {}, {}, {}), maker("new"))
    found = collect(old.root, Policy(keep=0, days=0, runs=0, grace_hours=0), dry_run=False)
    assert list(found.collected) == ["train/5"] and old.verify() == []
    assert old.produce(Recipe("train", {"epochs": 9}, {}, {}, {}), maker("new")).artifact.id == "train/6"
