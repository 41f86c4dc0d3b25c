"""What the store promises of one process: made once, found again, and why not."""

import subprocess
import sys
from dataclasses import replace

import pytest

from pipeline_components.errors import StoreError
from tests.kits.store import produce, recipe


def test_a_recipe_is_made_once_and_then_found(store):
    first = produce(store, recipe(epochs=3), run_id="manual__1")
    again = store.produce(recipe(epochs=3), lambda out: pytest.fail("made twice"))
    assert (first.hit, first.why, first.artifact.id) == (False, "MISS: nothing like it yet", "train/1")
    assert (again.hit, again.why, again.artifact.id) == (True, "HIT: train/1", "train/1")
    manifest = again.artifact.manifest
    assert list(manifest.files) == ["notes.txt", "saved_model/saved_model.pb", "saved_model/variables/data"]
    assert manifest.files["notes.txt"]["size"] == (first.artifact.path / "notes.txt").stat().st_size
    assert manifest.config == {"epochs": 3} and manifest.facts == {"parts": 2}
    assert manifest.made["run_id"] == "manual__1"
    assert store.artifacts() == [again.artifact] and store.verify() == []


def test_the_version_that_an_input_was_served_as_is_written_down_and_makes_nothing_again(store):
    first = produce(store, replace(recipe(), served_as={"champion": "digits/1"})).artifact
    assert first.manifest.made["served_as"] == {"champion": "digits/1"}
    assert produce(store, replace(recipe(), served_as={"champion": "digits/3"})).artifact.id == first.id
    assert produce(store, recipe(), force=True).artifact.manifest.digest == first.manifest.digest


def test_force_makes_it_again_under_the_next_number(store):
    first = produce(store, recipe(epochs=3)).artifact
    second = produce(store, recipe(epochs=3), force=True)
    assert (second.why, second.artifact.id) == ("MISS: forced", "train/2")
    assert second.artifact.manifest.digest == first.manifest.digest  # number, time and host are not digested


def test_run_records_come_back_and_bad_run_ids_do_not_become_paths(store):
    store.write_run("manual__2026-01-01T00:00:00+00:00", {"steps": {"train": "train/1"}, "verdict": "blessed"})
    store.write_run("b", {"verdict": None})
    store.write_run("b", {"verdict": "refused"})
    assert [(run["run_id"], run["verdict"]) for run in store.runs()] == [
        ("manual__2026-01-01T00:00:00+00:00", "blessed"),
        ("b", "refused"),
    ]
    for hostile in ("../x", "", ".hidden", "a/b", "a\0", "x" * 201, None):
        with pytest.raises(StoreError, match="not a run id"):
            store.write_run(hostile, {})
        with pytest.raises(StoreError, match="not a run id"):
            store.run(hostile)
    with pytest.raises(StoreError, match="no record of such a run"):
        store.run("c")


def test_the_store_loads_nothing_heavy():
    script = "import sys, pipeline_components.store as s; print([m for m in ('numpy','pydantic','pyarrow','tensorflow','rich') if m in sys.modules])"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
