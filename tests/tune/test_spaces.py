"""Search spaces: what is one, what is refused and how that is said, and the points of a grid."""

import pytest

from pipeline_components.chain.search_space import search_space
from pipeline_components.errors import BadConfig
from pipeline_components.tune import TuneConfig
from pipeline_components.tune.spaces import SPACES, Choices, Range, grid, parsed

RATE = {"low": 0.001, "high": 0.1}


@pytest.mark.parametrize(
    ("space", "why"),
    [
        ({}, "0 parameters found, 1 to 30 expected"),
        ({"seed": 3}, "seed: 3 found, low and high, or choices, expected"),
        ({"seed": {"low": 1}}, "seed: {'low': 1} found, low and high, or choices, expected"),
        ({"seed": {"choices": []}}, r"seed: choices: \[\] found, a list of 1 to 100 values expected"),
        ({"seed": {"choices": [1, 1]}}, r"seed: choices: \[1, 1\] found, each value once expected"),
        ({"x": RATE | {"base": 2}}, "x: unknown word 'base'; known: low, high, log, step, choices"),
        ({"x": {"low": "1", "high": 2}}, "x: low: '1' found, a number expected"),
        ({"x": {"low": float("nan"), "high": 2}}, "x: low: nan found, a number expected"),
        ({"x": {"low": True, "high": 2}}, "x: low: True found, a number expected"),
        ({"x": RATE | {"log": 1}}, "x: log: 1 found, true or false expected"),
        ({"x": {"low": 2, "high": 2}}, "x: 2 to 2 is an empty range: low must be less than high"),
        ({"x": {"low": 3, "high": 2}}, "x: 3 to 2 is an empty range"),
        ({"x": {"low": 0, "high": 2, "log": True}}, "x: low 0 has no logarithm: a log scale begins above 0"),
        ({"x": RATE | {"step": 0}}, "x: step 0 found: above 0"),
        ({"x": RATE | {"step": 0.01, "log": True}}, "x: step 0.01 found: above 0, within the range, and with no log"),
    ],
)
def test_what_is_no_space_is_said_in_one_line(space, why):
    with pytest.raises(BadConfig, match=f"^space: {why}") as error:
        parsed(space)
    assert "\n" not in str(error.value)


def test_a_space_is_ranges_and_choices_by_name():
    found = parsed({"learning_rate": RATE | {"log": True}, "batch_size": {"choices": [64, 128]}})
    assert found == {"batch_size": Choices((64, 128)), "learning_rate": Range(0.001, 0.1, log=True)}
    assert [*found] == ["batch_size", "learning_rate"]
    assert parsed({"x": {"low": 1, "high": 3}})["x"].whole and not found["learning_rate"].whole
    assert not Range(1, 3).with_fractions().whole


def test_a_grid_has_every_point_once_in_an_order_of_its_seed():
    found = parsed(
        {"a": {"choices": ["x", "y"]}, "b": {"low": 0.0, "high": 0.3, "step": 0.1}, "c": {"low": 1, "high": 3}}
    )
    points = grid(found, 0)
    assert len(points) == 24 == len({str(point) for point in points})
    assert points[0].keys() == {"a", "b", "c"}
    assert points == grid(found, 0) != grid(found, 1)
    with pytest.raises(
        BadConfig, match=r"^space: x: a range without a step found, and a grid needs a step, or choices$"
    ):
        grid(parsed({"x": RATE}), 0)
    with pytest.raises(BadConfig, match=r"^space: x: 1,000,001 steps found"):
        grid(parsed({"x": {"low": 0, "high": 1_000_000}}), 0)
    with pytest.raises(BadConfig, match=r"^space: a grid of 1,000,000 points found"):
        grid(parsed({name: {"low": 1, "high": 1000} for name in "ab"}), 0)


@pytest.mark.parametrize(("network", "preset"), [(network, name) for network in SPACES for name in SPACES[network]])
def test_every_named_space_is_one_that_train_takes(network, preset):
    found = search_space(TuneConfig(network=network, preset=preset))
    assert "learning_rate" in found and len(found) >= 2
