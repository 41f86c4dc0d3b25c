"""What is kept of a search: what it found and what failed, on the same study again, and of one that found nothing."""

import pytest

from pipeline_components.chain.search_record import headline, record_failed_search, reduce_and_record
from pipeline_components.chain.tuning import Search, TrialFailed
from pipeline_components.errors import BadData
from pipeline_components.json_files import read_json
from tests.kits.trials import BEST, Trainer, search_in, trainer

__all__ = ["trainer"]
MADE = {"preprocess": "preprocess/1"}


@pytest.fixture
def search(tmp_path, trainer: Trainer, monkeypatch) -> Search:
    """Three trials, the last of which diverged."""
    monkeypatch.setattr("pipeline_components.data.examples.read_examples", lambda file: range(10))
    return tried(search_in(tmp_path, space={"learning_rate": {"choices": [BEST, 0.01, 1.0]}}, sampler="grid"))


def tried(search: Search) -> Search:
    for number in search.study.prepare():
        try:
            search.trial(number, run_id="run__1")
        except TrialFailed:
            continue
    return search


def test_the_best_comes_first_and_what_failed_after_it(search):
    outcome = reduce_and_record(search, "run__1", {"trials": 3}, MADE, elapsed_s=1.23456)
    record, found = search.store.run("run__1"), outcome.artifact
    best = read_json(found.path / "best.json")
    assert record["reasons"][0] == headline(found.manifest.facts)
    assert "is the best of 3 of mlp: validation loss 0.1667, accuracy 0.9000" in record["reasons"][0]
    (failed,) = [each["number"] for each in search.study.trials() if each["state"] == "failed"]
    assert record["reasons"][1:] == [f"trial {failed} failed: loss is nan in epoch 1"]
    assert (record["ending"], record["verdict"], record["elapsed_s"]) == ("searched", "searched", 1.235)
    assert (record["model"], record["searched"]) == (best["train_artifact"], found.manifest.facts)
    assert record["steps"]["tune"]["id"] == found.id and record["steps"]["preprocess"]["hit"] is True
    assert record["steps"]["preprocess"]["why"] == "HIT: preprocess/1"


def test_the_same_search_again_is_a_run_of_its_own(search):
    first = reduce_and_record(search, "run__1", {}, MADE, elapsed_s=1)
    again = reduce_and_record(search, "run__2", {}, MADE, elapsed_s=1, ending="interrupted")
    assert again.hit and again.artifact.id == first.artifact.id
    assert search.store.run("run__2")["steps"]["tune"]["hit"] is True
    assert search.store.run("run__2")["ending"] == "interrupted"


@pytest.mark.parametrize(("ending", "told"), [("searched", "bad data"), ("interrupted", "interrupted")])
def test_a_search_that_found_nothing_is_recorded_before_it_raises(tmp_path, trainer: Trainer, ending, told):
    search = tried(search_in(tmp_path, space={"learning_rate": {"choices": [1.0]}}, sampler="grid"))
    with pytest.raises(BadData, match="no trial of 1 was trained to its end"):
        reduce_and_record(search, "run__1", {}, MADE, elapsed_s=1, ending=ending)
    record = search.store.run("run__1")
    assert (record["ending"], record["verdict"], record["searched"], record["model"]) == (told, "failed", {}, None)
    assert record["failures"][0]["component"] == "tune" and "tune" not in record["steps"]


def test_one_that_was_killed_before_its_trials_says_that_it_failed(tmp_path):
    store = search_in(tmp_path).store
    record_failed_search(store, "run__1", {}, {}, [], elapsed_s=1)
    assert (store.run("run__1")["ending"], store.run("run__1")["reasons"]) == ("failed", [])
