"""The figures of a study: each is drawn of what there is, and says in words what it shows."""

import pytest

from pipeline_components.theme import BLUE, MUTED, ORANGE, styled
from pipeline_components.tune import figures
from pipeline_components.tune.axes import Axis
from pipeline_components.tune.spaces import parsed
from tests.tune.test_trials import trial

AXES = [
    Axis(name, each)
    for name, each in parsed(
        {"rate": {"low": 0.001, "high": 0.1, "log": True}, "kind": {"choices": ["x", "y", "z"]}}
    ).items()
]
TRIALS = [
    trial(n, parameters={"rate": 0.001 * (n + 1), "kind": "xyz"[n % 3]}, validation_loss=1.0 - n / 10) for n in range(5)
]
TRIALS += [
    trial(5, state="pruned", parameters={"rate": 0.02, "kind": "x"}, validation_loss=1.5),
    trial(6, state="failed", parameters={}, validation_loss=None, reason="killed"),
]


@pytest.fixture
def drawn():
    with styled():
        return {each.name: each for each in figures.draw(TRIALS, TRIALS[4], AXES, {"rate": 0.75, "kind": 0.25})}


def test_each_figure_says_what_it_shows(drawn):
    assert [*drawn] == ["history", "importance", "parallel", "slices"]
    assert drawn["history"].alt == "Validation loss of 7 trials: the lowest is 0.6000 in trial 4; 1 failed."
    assert "rate 0.75, kind 0.25" in drawn["importance"].alt
    assert "6 trials" in drawn["parallel"].alt and "kind y" in drawn["parallel"].alt
    assert drawn["slices"].alt == "Validation loss against each of 2 parameters."


def test_the_history_has_every_trial_and_the_best_so_far(drawn):
    complete, pruned, failed, best = drawn["history"].figure.axes[0].get_lines()
    assert [len(line.get_xdata()) for line in (complete, pruned, failed, best)] == [5, 1, 1, 5]
    assert [line.get_color() for line in (complete, pruned, failed)] == [BLUE, MUTED, ORANGE]
    assert [*best.get_ydata()] == pytest.approx([1.0, 0.9, 0.8, 0.7, 0.6])


def test_the_best_stands_out_in_the_others(drawn):
    lines = [line for line in drawn["parallel"].figure.axes[0].get_lines() if len(line.get_xdata()) == 2]
    assert [line.get_color() for line in lines].count(ORANGE) == 1
    for panel in drawn["slices"].figure.axes[:2]:
        assert [line.get_color() for line in panel.get_lines()].count(ORANGE) == 1
    assert all(each.png().startswith(b"\x89PNG") for each in drawn.values())


def test_no_importance_no_figure_of_it():
    with styled():
        assert "importance" not in [each.name for each in figures.draw(TRIALS, TRIALS[4], AXES, {})]
