"""A search from its artifact: trials in order, the best beside the defaults, and a training of the defaults."""

import json
import shutil

import pytest

from pipeline_components.browse.searches import search_of
from pipeline_components.errors import BadData
from pipeline_components.store import Recipe, Store
from tests.kits.pages import filled
from tests.kits.searches import searched, trained


@pytest.fixture
def store(root, tmp_path) -> Store:
    return Store(shutil.copytree(root, tmp_path / "store", symlinks=True))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("searches") / "store").root


def test_trials_come_best_first_and_each_leads_to_its_model(store):
    found = search_of(store, searched(store))
    assert [(each.number, each.state, each.model, each.is_best) for each in found.trials] == [
        (1, "complete", "train/2", True),
        (0, "given up", "train/1", False),
        (2, "failed", "", False),
    ]
    assert (found.trials[2].reason, found.trials[0].loss, found.trials[0].seconds) == ("loss is nan", 0.25, 1.5)
    assert found.counts == {"complete": 1, "given up": 1, "failed": 1}
    assert (found.id, found.examples, found.network, found.page) == ("tune/1", "preprocess/1", "mlp", "study.html")


def test_the_best_stands_beside_the_default_and_what_was_looked_among(store):
    space = {
        "learning_rate": {"low": 0.001, "high": 1, "log": True},
        "activation": {"choices": ["gelu", "relu"]},
    }
    found = search_of(store, searched(store, space=space))
    assert [(each.name, each.best, each.default, each.among) for each in found.searched] == [
        ("activation", "gelu", "sigmoid", "gelu; relu"),
        ("learning_rate", "0.004", "0.001", "0.001 to 1, by its logarithm"),
    ]


def test_the_interval_is_of_as_many_validation_examples_as_there_were(store):
    found = search_of(store, searched(store))
    assert (found.validation, found.best.low) == (0, None)  # nothing tells how many
    recipe = Recipe("preprocess", {}, {}, {"a.py": "a" * 64}, {}, {})
    examples = store.produce(recipe, lambda out: {"validation": 400}).artifact
    inputs = {"examples": examples, "trials": [store.artifact("train/1"), store.artifact("train/2")]}
    recipe = Recipe("tune", {"network": "mlp"}, inputs, {"a.py": "a" * 64}, {}, {})
    study = (store.artifact("tune/1").path / "study.json").read_text()
    copy = store.produce(recipe, lambda out: (out / "study.json").write_text(study) and {}).artifact
    found = search_of(store, copy)
    assert (found.validation, found.best.accuracy) == (400, 0.95)
    assert (found.best.low, found.best.high) == pytest.approx((0.924, 0.967), abs=1e-3)


def test_a_training_of_the_defaults_is_found_of_as_many_epochs_if_there_is_one(store):
    made = searched(store)
    assert search_of(store, made).default is None
    trained(store, 0.9, epochs=3, learning_rate=0.1)
    longer = trained(store, 0.3, epochs=20)
    found = search_of(store, made).default
    assert (found.model, found.epochs, found.loss) == (longer, 20, 0.3)
    same = trained(store, 0.4, epochs=3, seed=7)
    trained(store, 0.35, epochs=9)
    found = search_of(store, made).default
    assert (found.model, found.epochs, found.loss, found.accuracy) == (same, 3, 0.4, 0.9)


@pytest.mark.parametrize("config", [{"space": 7}, {"network": None}, {"trial_epochs": "x"}, {"trials": -1}])
def test_a_config_of_another_time_leaves_the_rest_to_be_seen(store, config):
    found = search_of(store, searched(store, **config))
    assert [each.best for each in found.searched] == ["gelu", "0.004"] and len(found.trials) == 3


def test_another_component_is_no_search_and_trials_that_do_not_fit_are_bad_data(store):
    assert search_of(store, store.artifact("train/1")) is None
    made = searched(store)
    study = json.loads((made.path / "study.json").read_text())
    for each in study["trials"]:
        each["state"] = "failed"
    (made.path / "study.json").chmod(0o600)
    (made.path / "study.json").write_text(json.dumps(study))
    with pytest.raises(BadData, match="0 trials with a model found, and 2 artifacts of train"):
        search_of(store, made)
    (made.path / "study.json").write_text('{"trials": 7}')
    with pytest.raises(BadData, match="no list of trials"):
        search_of(store, made)
