"""Parameters that are taken from a search."""

import json
from typing import Any

import pytest

from pipeline_components.chain.taken import Taken, best_of
from pipeline_components.errors import ArtifactNotFound, BadConfig
from pipeline_components.store import Artifact, Store
from pipeline_components.train import TrainConfig
from tests.kits.store import produce, recipe

BEST = {"network": "cnn", "epochs": 4, "seed": 3, "learning_rate": 0.01, "dropout": 0.2}


@pytest.fixture
def search(store: Store) -> Artifact:
    def make(out: Any) -> dict[str, Any]:
        (out / "best.json").write_text(json.dumps({"config": BEST}))
        return {}

    return store.produce(recipe("tune"), make).artifact


def test_the_best_is_taken_and_what_is_not_at_its_default_goes_before(search):
    taken = best_of(TrainConfig(from_="tune/1"), search)
    assert taken == TrainConfig(**BEST) and taken.from_ is None and taken.optimizer == "adamw"
    assert best_of(TrainConfig(from_="tune/1", epochs=7), search) == TrainConfig(**BEST | {"epochs": 7})
    chosen = best_of(TrainConfig(from_="tune/1", network="cnn", dropout=0.3), search)
    assert chosen == TrainConfig(**BEST | {"dropout": 0.3})


def test_another_network_and_another_component_are_refused(search, store):
    with pytest.raises(BadConfig, match=r"^network: ensemble found, and tune/1 searched cnn: leave one out$"):
        best_of(TrainConfig(from_="tune/1", network="ensemble"), search)
    with pytest.raises(BadConfig, match=r"^hidden_units: cnn has no such parameter"):
        best_of(TrainConfig(from_="tune/1", hidden_units=[3]), search)
    taken = Taken("search", component="tune", take=best_of)
    produce(store, recipe("train"))
    with pytest.raises(BadConfig, match=r"^train/1 found, an artifact of tune expected$"):
        taken.artifact(store, "train/1")
    with pytest.raises(ArtifactNotFound):
        taken.artifact(store, "tune/9")
    assert taken.artifact(store, "tune/1").id == "tune/1"
