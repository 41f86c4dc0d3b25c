"""Which model a training begins with: named, the one in service, or none; and that the same run again is a hit."""

import pytest

from pipeline_components.chain.warm_start import warm_start
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactNotFound, BadConfig
from pipeline_components.store import Artifact, ServedModel, Store
from pipeline_components.train import TrainConfig
from tests.kits.store import maker, recipe


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "artifacts")


def made(store: Store, component: str, seed: int = 0, **inputs: Artifact) -> Artifact:
    return store.produce(recipe(component, inputs=inputs, seed=seed), maker(component, seed)).artifact


def trained(store: Store, examples: Artifact, config: TrainConfig, **inputs: Artifact) -> Artifact:
    of = recipe("train", inputs={"examples": examples, **inputs}, **config.model_dump(mode="json"))
    return store.produce(of, maker(examples.id, config)).artifact


def serve(store: Store, model: Artifact) -> None:
    export = made(store, "export", model.number, model=model)
    ServedModel(store.root, MODEL_NAME).push(export)


def test_none_is_asked_for_by_default_and_served_is_none_before_anything_is_served(store):
    inputs = {"examples": made(store, "preprocess")}
    assert warm_start(store, TrainConfig(), inputs) is None
    assert warm_start(store, TrainConfig(warm_start="served"), inputs) is None


def test_a_model_is_named_or_is_the_one_in_service(store):
    inputs = {"examples": made(store, "preprocess")}
    first = trained(store, inputs["examples"], TrainConfig())
    second = trained(store, inputs["examples"], TrainConfig(seed=1))
    serve(store, second)
    assert warm_start(store, TrainConfig(warm_start="train/1"), inputs) == first
    assert warm_start(store, TrainConfig(warm_start="served"), inputs) == second
    with pytest.raises(ArtifactNotFound, match="train/7"):
        warm_start(store, TrainConfig(warm_start="train/7"), inputs)


def test_the_same_run_again_begins_where_it_began_after_its_model_is_served(store):
    inputs = {"examples": made(store, "preprocess")}
    first = trained(store, inputs["examples"], TrainConfig())
    serve(store, first)
    asked = TrainConfig(warm_start="served")
    assert warm_start(store, asked, inputs) == first, "a cold start is not what is asked for"
    second = trained(store, inputs["examples"], TrainConfig(warm_start=first.id), warm_start=first)
    serve(store, second)
    assert warm_start(store, asked, inputs) == first
    assert warm_start(store, asked.model_copy(update={"epochs": 3}), inputs) == second
    assert warm_start(store, asked, {"examples": made(store, "preprocess", 1)}) == second


def test_a_model_of_another_network_is_refused_in_one_line(store):
    inputs = {"examples": made(store, "preprocess")}
    trained(store, inputs["examples"], TrainConfig(network="cnn"))
    with pytest.raises(BadConfig, match=r"^warm_start: train/1 is a network 'cnn', and 'mlp' .* --network cnn$"):
        warm_start(store, TrainConfig(warm_start="train/1"), inputs)


@pytest.mark.parametrize("name", ["export/1", "train/0", "best", ""])
def test_what_names_no_model_is_no_config(name):
    with pytest.raises(ValueError, match="warm_start"):
        TrainConfig(warm_start=name)
