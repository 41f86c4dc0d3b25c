"""Which artifacts a component takes that is run by itself."""

import pytest

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.inputs import chosen_inputs
from pipeline_components.errors import ArtifactNotFound, BadConfig
from pipeline_components.store import Recipe, Store
from tests.kits.components import QUICK


def test_components_run_one_by_one_and_inputs_follow_lineage(digits):
    assert digits("train", "--epochs", "1").stdout == "train/2\n"
    assert digits("evaluate", "--model", "train/1", *QUICK[4:]).stdout == "evaluate/1\n"
    evaluation = digits.json("evaluate", *QUICK[4:])
    inputs = Store(digits.store).artifact(evaluation["id"]).manifest.inputs

    assert inputs["model"]["id"] == "train/2"
    assert inputs["champion"]["id"] == "export/1"
    assert digits("report", "--evaluation", "evaluate/1").stdout == "report/1\n"


EVALUATE = {"examples": "preprocess/1", "model": "train/2"}


@pytest.fixture
def twice(store) -> Store:
    """Two networks, each evaluated: train/1 by evaluate/1, train/2 by evaluate/2."""
    for name, epochs, sources in (("train", 5, {"examples": "preprocess/1"}), ("evaluate", 3, EVALUATE)):
        inputs = {argument: store.artifact(each) for argument, each in sources.items()}
        recipe = Recipe(name, {"epochs": epochs}, inputs, {}, {})
        assert store.produce(recipe, lambda out: {}).artifact.id == f"{name}/2"
    return store


def test_the_newest_are_taken_and_what_one_was_made_from_follows_it(twice):
    newest = {"preprocess": "preprocess/1", "train": "train/2", "evaluate": "evaluate/2"}
    assert chosen_inputs(twice, COMPONENTS["export"], {}) == newest
    asked = chosen_inputs(twice, COMPONENTS["export"], {"evaluation": "evaluate/1"})
    assert asked == {"preprocess": "preprocess/1", "train": "train/1", "evaluate": "evaluate/1"}
    both = chosen_inputs(twice, COMPONENTS["export"], {"evaluation": "evaluate/1", "model": "train/2"})
    assert both == newest | {"evaluate": "evaluate/1"}
    assert chosen_inputs(twice, COMPONENTS["ingest"], {}) == {}


def test_an_artifact_of_another_component_is_refused_and_one_that_nobody_made_yet_is_named(twice, tmp_path):
    with pytest.raises(BadConfig, match=r"^--model: preprocess/1 found, an artifact of train expected$"):
        chosen_inputs(twice, COMPONENTS["evaluate"], {"model": "preprocess/1"})
    with pytest.raises(ArtifactNotFound, match=r"^train/9: no such artifact"):
        chosen_inputs(twice, COMPONENTS["evaluate"], {"model": "train/9"})
    with pytest.raises(ArtifactNotFound, match=r"none: no ingest artifact yet: run `digits ingest` first$"):
        chosen_inputs(Store(tmp_path / "none"), COMPONENTS["preprocess"], {})
