"""Between a verdict and its push something else may be served: then the model is judged again, or stays away."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline_components.chain.components import made_again_with
from pipeline_components.chain.references import champion
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import StoreError
from pipeline_components.store import Code, ServedModel, Store
from tests.kits.numbered import FUNCTIONS, misjudged, number_in, put, retrain

pytestmark = pytest.mark.usefixtures("light")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty one."""
    return Store(tmp_path / "artifacts")


def after(component: str, act: Callable[[], object], times: int = 1):
    """A watch that does something in the first runs of a component that it sees end."""
    left = [act] * times

    def watch(name: str, state: str, outcome: object) -> None:
        if name == component and state in ("done", "hit") and left:
            left.pop()()

    return watch


def numbers(serving: ServedModel) -> list[int]:
    """The numbers of all that was ever served, in order."""
    return [number_in(serving.root / version.export) for version in serving.versions()]


def test_what_is_made_again_is_what_is_compared_and_all_that_follows():
    assert [each.name for each in made_again_with(champion)] == ["evaluate", "report", "export"]
    assert made_again_with(lambda store, inputs: None) == []


def test_a_model_that_was_overtaken_is_judged_again_and_refused(store, serving):
    retrain(store, 50)
    record = retrain(store, 52, after("report", lambda: retrain(store, 90)))
    assert numbers(serving) == [50, 90], "the better one of the two stays"
    assert (record["verdict"], record["reasons"]) == ("refused", ["champion 90 is better than 52"])
    assert record["judged_again"] == ["export/3 was judged against export/1, and digits/2 (export/2) is served by now"]
    assert "export" not in record["steps"] and record["served_version"] == 2
    evaluation, report = (store.artifact(record["steps"][name]["id"]) for name in ("evaluate", "report"))
    assert evaluation.manifest.inputs["champion"]["id"] == "export/2"
    assert report.manifest.inputs["evaluation"]["id"] == evaluation.id
    assert store.runs()[-1]["judged_again"] == record["judged_again"]


def test_a_model_that_was_overtaken_is_judged_again_and_served_and_the_journal_tells(store, serving):
    retrain(store, 50)
    record = retrain(store, 70, after("report", lambda: retrain(store, 60)))
    assert numbers(serving) == [50, 60, 70] and record["verdict"] == "blessed"
    assert record["steps"]["export"]["id"] == "export/4" and record["served_version"] == 3
    assert serving.journal()[-1].why == (
        "evaluate/4 blessed; judged again: export/3 was judged against export/1, and digits/2 (export/2) is served by "
        "now"
    )
    assert [step["hit"] for step in retrain(store, 70)["steps"].values()] == [True] * 6


def test_the_first_two_models_cannot_both_be_the_first(store, serving):
    record = retrain(store, 40, after("report", lambda: retrain(store, 80)))
    assert numbers(serving) == [80] and record["verdict"] == "refused"
    assert record["judged_again"] == ["export/2 was judged against nothing, and digits/1 (export/1) is served by now"]


def test_a_rollback_by_hand_is_not_overtaken(store, serving):
    for number in (80, 50, 55):
        retrain(store, number, champion_alpha=0.2, **({"force_bless": "shown at noon"} if number < 80 else {}))
    record = retrain(store, 58, after("report", lambda: serving.rollback(1)))
    assert numbers(serving) == [80, 50, 55, 80] and record["verdict"] == "refused"


def test_a_model_that_is_overtaken_again_and_again_is_refused_with_that_reason(store, serving, monkeypatch):
    retrain(store, 50)
    others = iter(range(60, 80))
    export = FUNCTIONS["export"]

    def export_while_others_are_served(examples, model, evaluation, **given):
        if number_in(model) == 80:
            retrain(store, next(others))
        return export(examples, model, evaluation, **given)

    monkeypatch.setitem(FUNCTIONS, "export", export_while_others_are_served)
    record = retrain(store, 80)
    assert record["verdict"] == "refused" and record["served_version"] == 5
    assert record["reasons"] == [
        "export/9 was judged against export/6, and digits/5 (export/8) is served by now, for the 4th time: run it again"
    ]
    assert len(record["judged_again"]) == 4 and numbers(serving) == [50, 60, 61, 62, 63]
    assert retrain(store, 81)["served_version"] == 6


def test_what_was_rolled_back_stays_away_by_its_files(store, serving, monkeypatch):
    for number in (50, 60, 70):
        retrain(store, number)
    serving.rollback()
    serving.rollback()
    assert numbers(serving) == [50, 60, 70, 60, 50]
    monkeypatch.setattr("pipeline_components.chain.produce.environment_of", lambda code: {"OMP_NUM_THREADS": "7"})
    for change in ({}, {"champion_alpha": 0.04}, {"confidence": 0.9}, {"gallery_size": 12}):
        for number in (60, 70):
            record = retrain(store, number, **change)
            assert (record["verdict"], record["served_version"]) == ("blessed", 5)
    monkeypatch.setattr(
        "pipeline_components.chain.produce.code_of", lambda *_: Code({"a.py": "0" * 64}, {"keras": "9"})
    )
    record = retrain(store, 70)
    assert record["served_version"] == 5 and not any(step["hit"] for step in record["steps"].values())
    assert serving.rollback(3).number == 6, "by hand it comes back"


def test_a_served_model_that_other_code_exports_otherwise_takes_its_own_place(store, serving, monkeypatch):
    retrain(store, 50)
    retrain(store, 60)
    export = FUNCTIONS["export"]

    def export_with_more(examples, model, evaluation, *, out, config):
        put(out / "saved_model" / "signatures", "another")
        return export(examples, model, evaluation, out=out, config=config)

    monkeypatch.setitem(FUNCTIONS, "export", export_with_more)
    record = retrain(store, 60, golden_examples=40)
    assert (record["served_version"], record["judged_again"], numbers(serving)) == (3, [], [50, 60, 60])


def test_of_many_runs_and_rollbacks_at_once_each_serves_what_was_judged_against_what_it_replaced(tmp_path):
    """Twenty rounds of three runs that stop for a while at random, and a rollback among them."""
    again = 0
    for seed in range(20):
        chance, store = random.Random(seed), Store(tmp_path / str(seed))
        serving = ServedModel(store.root, MODEL_NAME)
        retrain(store, 50)

        def stop(name: str, *_: object, chance: random.Random = chance) -> None:
            time.sleep(chance.uniform(0, 0.1) if name in ("report", "export") else 0)

        def roll_back(chance: random.Random = chance, serving: ServedModel = serving) -> None:
            time.sleep(chance.uniform(0, 1.0))
            with suppress(StoreError):  # there is nothing yet to roll back to
                serving.rollback()

        with ThreadPoolExecutor() as pool:
            runs = [pool.submit(retrain, store, number, stop) for number in chance.sample(range(45, 65), 3)]
            pool.submit(roll_back)
        again += sum(len(each.result()["judged_again"]) for each in runs)
        assert misjudged(store) == [] and store.verify() == []
    assert again >= 10, "the runs hardly met"
