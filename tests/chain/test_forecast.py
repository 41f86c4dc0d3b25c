"""What a run would do, told without doing any of it."""

import pytest

from pipeline_components.chain.components import COMPONENTS, run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.forecast import Forecast, forecast
from pipeline_components.chain.produce import plan
from pipeline_components.store import Store
from tests.kits.light import CONFIG, light

NAMES = [each.name for each in run_components()]


def changed(**parameters) -> PipelineConfig:
    return PipelineConfig.from_flat(CONFIG.flat() | parameters)


def test_the_same_again_is_reused_and_nothing_is_made(store):
    before = [each.id for each in store.artifacts()]
    found = forecast(store, CONFIG, {})
    assert found == [Forecast(name, "reuse", f"{name}/1", f"HIT: {name}/1") for name in NAMES]
    assert [each.id for each in store.artifacts()] == before


def test_what_follows_a_miss_depends_on_what_comes_out_and_a_second_miss_is_its_own(store):
    found = {each.component: each for each in forecast(store, changed(epochs=5, gallery_size=12), {})}
    assert found["preprocess"].action == "reuse"
    assert found["train"] == Forecast("train", "make", None, "MISS: config epochs 3 → 5, against train/1")
    assert found["evaluate"] == Forecast(
        "evaluate", "depends", None, "HIT: evaluate/1 if train comes out as train/1 did"
    )
    assert found["report"] == Forecast("report", "make", None, "MISS: config gallery_size 24 → 12, against report/1")
    assert found["export"].action == "depends"


def test_what_is_unsure_makes_all_after_it_unsure(store):
    found = forecast(store, changed(dataset="fashion_mnist"), {})
    assert [each.action for each in found] == ["make", *["depends"] * 5]
    assert found[2].why == "HIT: train/1 if preprocess comes out as preprocess/1 did"


def test_in_an_empty_store_each_is_made_and_says_what_it_waits_for(tmp_path):
    found = forecast(Store(tmp_path / "none"), CONFIG, {})
    assert {each.action for each in found} == {"make"} and {each.id for each in found} == {None}
    assert [each.why for each in found[:3]] == [
        "MISS: nothing like it yet",
        "MISS: nothing like it yet (nor like ingest)",
        "MISS: nothing like it yet (nor like preprocess)",
    ]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(("epochs", "action"), [(3, "skip"), (5, "make")])
def test_the_gate_is_foretold_of_an_evaluation_that_is_known_and_of_no_other(store, epochs, action):
    config = changed(accuracy_threshold=1.0)
    made = {"preprocess": "preprocess/1", "train": "train/1"}
    recipe = plan(COMPONENTS["evaluate"], store, config["evaluate"], made, {})
    store.produce(recipe, lambda out: light(COMPONENTS["evaluate"], recipe, {}, out))
    *_, last = forecast(store, changed(accuracy_threshold=1.0, epochs=epochs), {})
    assert (last.component, last.action) == ("export", action)
    assert last.why == "evaluate/2 is refused" or action == "make"
