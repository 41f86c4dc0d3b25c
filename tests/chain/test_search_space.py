"""A search space held against train's parameters: each refusal in one line."""

import pytest

from pipeline_components.chain.search_space import search_space
from pipeline_components.errors import BadConfig
from pipeline_components.tune import TuneConfig


@pytest.mark.parametrize(
    ("space", "why"),
    [
        ({"learning_rat": {"choices": [1]}}, "space: unknown parameter 'learning_rat'; did you mean 'learning_rate'?"),
        ({"epochs": {"low": 1, "high": 9}}, "space: epochs: all trials have the same: leave it out"),
        (
            {"learning_rate": {"low": 0.1, "high": 5.0}},
            "space: learning_rate: 5.0 found, input should be less than or equal to 1",
        ),
        ({"batch_size": {"low": 1.5, "high": 9.5}}, "space: batch_size: 1.5 found, input should be a valid integer"),
        ({"activation": {"choices": ["relu", 3]}}, "space: activation: 3 found, input should be 'sigmoid', 'relu'"),
        ({"members": {"choices": [3]}}, "space: members: mlp has no such parameter, only ensemble"),
    ],
)
def test_what_train_does_not_take_is_refused(space, why):
    with pytest.raises(BadConfig) as error:
        search_space(TuneConfig(space=space))
    assert str(error.value).startswith(why) and "\n" not in str(error.value)


def test_whole_bounds_of_a_parameter_that_is_not_whole_are_fractions():
    space = {
        "dropout": {"low": 0, "high": 0.5},
        "weight_decay": {"low": 0, "high": 1},
        "batch_size": {"low": 8, "high": 9},
    }
    found = search_space(TuneConfig(space=space))
    assert not found["weight_decay"].whole and found["batch_size"].whole
