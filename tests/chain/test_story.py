"""Retraining as it goes: a model is served, a worse one is refused and changes nothing, a better one replaces it."""

import json

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.stats.mcnemar import p_value
from pipeline_components.store import ServedModel, Store

LENIENT = ("--accuracy-threshold", "0.1", "--recall-floor", "0", "--overconfidence-bound", "1")
LENIENT += ("--class-margin", "1", "--loss-margin", "99")  # the champion decides


def read(store, artifact, name):
    return json.loads((store.artifact(artifact).path / name).read_text())


def rule(blessing, name):
    (found,) = [r for r in blessing["rules"] if r["rule"] == name]
    return found


@pytest.mark.slow
def test_a_worse_model_is_refused_by_the_champion_and_a_better_one_takes_its_place(digits):
    """The champion had three epochs on the sample, the challengers have one and twenty."""
    store = Store(digits.store)
    served = ServedModel(digits.store, MODEL_NAME).current()
    before = (served.path / "saved_model.pb").read_bytes()

    refused = digits("run", "--dataset", "mnist_sample", "--epochs", "1", *LENIENT, rc=3)

    blessing, metrics = (read(store, "evaluate/2", name) for name in ("blessing.json", "metrics.json"))
    beside = metrics["champion"]
    assert [r["rule"] for r in blessing["rules"] if not r["passed"]] == ["champion", "anchor"]
    assert metrics["accuracy"] < beside["accuracy"] and beside["p_worse"] < 0.01
    numbers = (
        f"{beside['newly_right']:,} newly right, {beside['newly_wrong']:,} newly wrong, {p_value(beside['p_worse'])}"
    )
    assert f"worse than the champion: {numbers}" in rule(blessing, "champion")["detail"]
    assert numbers in " ".join(refused.stdout.split())
    still = ServedModel(digits.store, MODEL_NAME).current()
    assert (still.number, still.export) == (served.number, served.export)
    assert (still.path / "saved_model.pb").read_bytes() == before
    assert [export.id for export in store.artifacts("export")] == ["export/1"]

    record = digits.json("run", "--dataset", "mnist_sample", "--require-improvement")

    blessing, metrics = (read(store, "evaluate/3", name) for name in ("blessing.json", "metrics.json"))
    assert (record["verdict"], blessing["verdict"]) == ("blessed", "blessed")
    assert metrics["champion"]["outcome"] == "better" and rule(blessing, "improvement")["passed"]
    assert metrics["accuracy"] > metrics["champion"]["accuracy"] and metrics["accuracy_low"] >= 0.85
    now = ServedModel(digits.store, MODEL_NAME).current()
    assert (now.number, now.export, record["served_version"]) == (served.number + 1, "export/2", served.number + 1)
