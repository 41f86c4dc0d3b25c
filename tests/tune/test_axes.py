"""Where values lie along an axis."""

import pytest

from pipeline_components.tune.axes import Axis, said
from pipeline_components.tune.spaces import Choices, Range


def test_a_place_is_between_the_ends_by_the_ranges_own_scale():
    assert Axis("x", Range(0, 10)).place(5) == 0.5
    assert Axis("x", Range(0.001, 0.1, log=True)).place(0.01) == pytest.approx(0.5)
    choices = Axis("x", Choices(([1], [2], [3])))
    assert [choices.place([value]) for value in (1, 2, 3)] == [0, 0.5, 1]
    assert Axis("x", Choices(("only",))).place("only") == 0


def test_ticks_are_few_and_named():
    assert Axis("x", Range(0.0, 0.5)).ticks() == [(0, "0"), (1, "0.5")]
    assert len(Axis("x", Choices(tuple(range(20)))).ticks()) <= 6
    assert said([512, 128]) == "512, 128" and said(0.00123456) == "0.00123" and said("relu") == "relu"
