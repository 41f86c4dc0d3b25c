"""Parameters: one flat set of names, bounds that hold, and one line for what is wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.errors import BadConfig, UnknownDataset
from pipeline_components.train import TrainConfig


def test_names_are_unique_over_the_components():
    names = [name for part in PipelineConfig.models().values() for name in part.model_fields]
    assert len(names) == len(set(names)) == len(PipelineConfig().flat())


def test_every_parameter_has_a_default_and_a_description():
    for part in PipelineConfig.models().values():
        part()
        assert all(field.description for field in part.model_fields.values())


def test_the_defaults_are_the_seeds():
    assert PipelineConfig()["train"] == TrainConfig(
        network="mlp", epochs=20, batch_size=128, learning_rate=0.001, seed=0
    )


@given(st.integers(1, 1000), st.floats(1e-9, 1), st.integers(0, 2**31 - 1))
def test_flat_and_back_is_the_same_config_through_json_too(epochs, learning_rate, seed):
    config = PipelineConfig.from_flat({"epochs": epochs, "learning_rate": learning_rate, "seed": seed})
    train = config["train"]
    assert (train.epochs, train.learning_rate, train.seed) == (epochs, learning_rate, seed)
    assert PipelineConfig.from_flat(json.loads(json.dumps(config.flat(), allow_nan=False))) == config


SCHEMA = {"dataset": "mnist", "classes": ["0", "1"]}


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"epoch": 3}, "unknown parameter 'epoch'; did you mean 'epochs'?"),
        ({"epochs": 0}, "epochs: 0 found, input should be greater than or equal to 1"),
        ({"epochs": 1001}, "epochs: 1001 found"),
        ({"epochs": "many"}, "epochs: 'many' found"),
        ({"batch_size": 0}, "batch_size: 0 found"),
        ({"learning_rate": float("nan")}, "learning_rate: nan found"),
        ({"learning_rate": float("inf")}, "learning_rate: inf found"),
        ({"learning_rate": 0}, "learning_rate: 0 found, input should be greater than 0"),
        ({"validation_fraction": 1.0}, "validation_fraction: 1.0 found"),
        ({"accuracy_threshold": -0.1}, "accuracy_threshold: -0.1 found"),
        ({"dataset": "../mnist"}, "dataset: '../mnist' found"),
        ({"data_schema": {}}, "data_schema.dataset: {} found, field required"),
        ({"data_schema": SCHEMA | {"classes": ["0", "0"]}}, "found, input should name '0' once"),
        ({"data_schema": SCHEMA | {"splits": {"trian": 5}}}, "'trian' found, string should match pattern"),
        ({"seed": -1}, "seed: -1 found"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(parameters, said):
    with pytest.raises(BadConfig) as error:
        PipelineConfig.from_flat(parameters)
    assert said in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("parameters", "error", "said"),
    [
        ({"dataset": "mnits"}, UnknownDataset, "unknown dataset 'mnits'; did you mean 'mnist'?"),
        ({"dataset": "nosuch/1"}, UnknownDataset, "unknown dataset 'nosuch/1'; known: fashion_mnist, kmnist, mnist, "),
        ({"network": "mpl"}, BadConfig, "network: unknown name 'mpl'; did you mean 'mlp'?"),
    ],
)
def test_a_name_that_nothing_has_is_found_before_anything_runs(parameters, error, said):
    with pytest.raises(error) as raised:
        PipelineConfig.from_flat(parameters)
    assert str(raised.value).startswith(said)


def test_a_config_never_changes():
    with pytest.raises(ValidationError, match="frozen"):
        TrainConfig().epochs = 3
    with pytest.raises(ValidationError, match="extra"):
        TrainConfig(epoch=3)


def test_what_differs_from_the_defaults_is_found_by_name():
    default = PipelineConfig()
    assert default.changed(default.flat()) == {}
    assert default.changed(default.flat() | {"epochs": 3, "gone": 1}) == {"epochs": 3, "gone": 1}
    assert default.changed({"seed": default["train"].seed}) == {}


def test_what_a_form_leaves_empty_is_not_changed():
    form = {"dataset": "mnist_sample", "hidden_units": None, "dropout": None, "learning_rate": None, "epochs": 20}
    assert PipelineConfig().changed(form) == {"dataset": "mnist_sample"}
    assert PipelineConfig().changed({"dropout": 0.5, "of_old": None}) == {"dropout": 0.5, "of_old": None}
