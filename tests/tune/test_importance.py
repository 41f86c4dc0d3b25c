"""Importance: what matters is first, and nothing is said of too few trials."""

from pipeline_components.tune.importance import importances
from pipeline_components.tune.spaces import parsed
from tests.tune.test_trials import trial

SPACE = parsed({"a": {"low": 0.0, "high": 1.0}, "b": {"low": 0.0, "high": 1.0}, "c": {"choices": [[1], [2]]}})


def test_what_the_loss_follows_from_matters_most():
    trials = [
        trial(n, parameters={"a": n / 30, "b": (n * 7 % 30) / 30, "c": [1 + n % 2]}, validation_loss=n / 30)
        for n in range(30)
    ]
    found = importances(trials, SPACE)
    assert (
        next(iter(found)) == "a"
        and abs(sum(found.values()) - 1) < 1e-6
        and [*found.values()] == sorted(found.values())[::-1]
    )
    assert importances(trials[:3], SPACE) == {}
    assert importances(trials, {"a": SPACE["a"]}) == {}
