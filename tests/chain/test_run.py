"""A whole run in this process: its order, its gate, and its record however it ends."""

import os

import pytest

from pipeline_components.chain import produce
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.record import RunRecord
from pipeline_components.chain.run import new_run_id, run
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import BadData
from pipeline_components.store import ServedModel, Store
from pipeline_components.store.ids import check_run_id
from tests.kits.light import CONFIG, light


def test_a_refused_model_is_reported_and_not_exported(digits):
    result = digits("run", "--dataset", "mnist_sample", "--epochs", "3", "--accuracy-threshold", "0.9999", rc=3)
    record = Store(digits.store).runs()[-1]

    last = f"{len(record['reasons'])} reasons above, and in the report: digits open {record['report']}"
    assert result.stderr.splitlines()[-1] == f"digits: refused by the gate: {last}"
    assert all(f"          {reason}\n" in result.stdout for reason in record["reasons"])
    assert "required ≥ 0.9999" in record["reasons"][0]
    assert "verdict   refused" in result.stdout
    assert "digits/1 (train/1) as before" in result.stdout
    assert record["verdict"] == "refused"
    assert "export" not in record["steps"]
    assert (digits.store / record["steps"]["report"]["id"] / "report.html").is_file()
    assert ServedModel(digits.store, MODEL_NAME).current().number == 1
    assert "refused" in digits("export", "--evaluation", record["steps"]["evaluate"]["id"], rc=3).stderr


def test_a_failed_run_is_recorded_with_its_component(tmp_path, digits):
    digits("run", "--dataset", "cifar10", rc=2)
    record = Store(digits.store).runs()[-1]

    assert record["verdict"] == "failed"
    assert record["reasons"][0].startswith("ingest: dataset 'cifar10' is not one of 28×28")
    (failure,) = record["failures"]
    assert (failure["component"], failure["kind"]) == ("ingest", "UnknownDataset")


def served_light(component, recipe, outside, out, *, workspace=None):
    """As `light`, and a model that can be put into service."""
    if component.pushed:
        (out / "saved_model").mkdir()
        (out / "saved_model" / "saved_model.pb").write_text(recipe.key)
    return light(component, recipe, outside, out)


@pytest.fixture
def events(monkeypatch) -> list:
    """What `run` tells who watches it; its components are light ones."""
    monkeypatch.setattr(produce, "make", served_light)
    return []


def go(tmp_path, events: list, **parameters) -> tuple[Store, RunRecord]:
    store, force = Store(tmp_path / "artifacts"), parameters.pop("force", ())
    config = PipelineConfig.from_flat(CONFIG.flat() | parameters)
    events.clear()
    return store, run(store, config, force=force, watch=lambda name, state, _: events.append((name, state)), who="anna")


def test_components_run_in_order_and_the_same_again_is_all_hits(tmp_path, events):
    store, record = go(tmp_path, events)
    names = ["ingest", "preprocess", "train", "evaluate", "report", "export"]
    assert events == [(name, state) for name in names for state in ("running", "done")]
    assert (record["verdict"], record["served_version"], [*record["steps"]]) == ("blessed", 1, names)
    assert store.run(record["run_id"]) == {"format": 1, **record}
    (entry,) = ServedModel(store.root, MODEL_NAME).journal()
    assert (entry.who, entry.why, entry.export) == ("anna", "evaluate/1 blessed", "export/1")
    assert {each.manifest.made["run_id"] for each in store.artifacts()} == {record["run_id"]}
    go(tmp_path, events)
    assert [state for _, state in events] == ["running", "hit"] * 6
    assert len(ServedModel(store.root, MODEL_NAME).journal()) == 1 and len(store.runs()) == 2
    _, record = go(tmp_path, events, force=["train"])
    assert [name for name, state in events if state == "done"] == ["train"]
    assert record["steps"]["train"]["id"] == "train/2"


def test_behind_a_shut_gate_nothing_is_made_or_served(tmp_path, events):
    store, record = go(tmp_path, events, accuracy_threshold=1.0)
    assert events[-2:] == [("report", "done"), ("export", "skipped")]
    assert record["verdict"] == "refused" and "accuracy 0.9: 1.0 required" in record["reasons"]
    assert "export" not in record["steps"] and record["report"] == "report/1"
    assert ServedModel(store.root, MODEL_NAME).current() is None and store.artifacts("export") == []


@pytest.mark.parametrize(
    ("error", "ending", "message"),
    [
        (BadData("empty"), "bad data", "empty"),
        (KeyError(), "a bug", "KeyError"),
        (KeyboardInterrupt(), "interrupted", "interrupted"),
    ],
)
def test_whatever_ends_a_run_comes_through_and_is_recorded(tmp_path, events, monkeypatch, error, ending, message):
    def fail(component, recipe, outside, out, *, workspace=None):
        if component.name == "train":
            raise error
        return light(component, recipe, outside, out)

    monkeypatch.setattr(produce, "make", fail)
    with pytest.raises(type(error)):
        go(tmp_path, events)
    (record,) = Store(tmp_path / "artifacts").runs()
    told = {"component": "train", "kind": type(error).__name__, "message": message, "ending": ending}
    assert record["failures"] == [told] and record["ending"] == ending
    assert record["verdict"] == "failed" and [*record["steps"]] == ["ingest", "preprocess"]
    assert events[-2:] == [("train", "running"), ("train", "failed")]


def test_a_run_s_id_is_one_that_the_store_takes_and_says_who_ran(tmp_path):
    first, second = new_run_id(), new_run_id()
    assert check_run_id(first) == first < second and first.endswith(f"__{os.getpid()}")
