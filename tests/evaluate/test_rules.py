"""The gate shown open and shut for every rule, and shut for not-a-number in each."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.errors import BadConfig
from pipeline_components.evaluate import EvaluateConfig, rules
from pipeline_components.evaluate.scores import score_slice
from pipeline_components.stats.mcnemar import Paired

NAN = math.nan


def scores(*recalls):
    return [
        {"class": str(i), "support": 100, "precision": 1.0, "recall": r, "f1": 1.0, "recall_low": 0, "recall_high": 1}
        for i, r in enumerate(recalls)
    ]


def accuracy(low, seen=100):
    return {"accuracy": 0.98, "accuracy_low": low, "examples": seen, "correct": int(0.98 * seen), "confidence": 0.95}


def part(accuracy):
    return [{"slice": "ink_1", "description": "thin", "examples": 10, "accuracy": accuracy}]


CASES = {
    "loss": (rules.loss_rule, 0.1, math.inf),
    "accuracy": (lambda x: rules.accuracy_rule(accuracy(x), 0.97), 0.97, 0.9699),
    "class_recall": (lambda x: rules.recall_rule(scores(0.99, x, 0.98), 0.8), 0.8, 0.79),
    "calibration": (lambda x: rules.calibration_rule(x, 0.05), 0.05, 0.0501),
    "slice ink_1": (lambda x: next(rules.slice_rules(part(x), {"ink_1": 0.9})), 0.9, 0.89),
}


@pytest.mark.parametrize("name", CASES)
def test_a_rule_opens_shuts_and_never_lets_nan_pass(name):
    rule, good, bad = CASES[name]
    assert rule(good)["rule"] == name and rule(good)["passed"] is True
    assert rule(bad)["passed"] is False
    assert rule(NAN)["passed"] is False and rule(NAN)["observed"] is None
    assert rules.bless([rule(good)], None)["blessed"] and not rules.bless([rule(NAN)], None)["blessed"]


def test_no_example_is_no_evidence():
    assert not rules.accuracy_rule(accuracy(0.99, seen=0), 0.5)["passed"]
    assert not rules.calibration_rule(None, 1.0)["passed"]


def test_the_lowest_classes_are_named():
    rule = rules.recall_rule(scores(0.99, 0.7, 0.5), 0.8)
    assert rule["observed"] == 0.5
    assert rule["detail"] == "2 of 3 classes below: lowest 2 (0.5000 of 100), 1 (0.7000 of 100)"
    assert rules.recall_rule(scores(0.99, 0.7), 0.5)["detail"] == "lowest 1 (0.7000 of 100)"


def test_many_classes_below_are_a_count_and_the_three_lowest():
    rule = rules.recall_rule(scores(*(0.9 + n / 100 for n in range(9, -1, -1))), 0.9995)
    (reason,) = rules.bless([rule], None)["reasons"]
    assert reason == (
        "class recall: 10 of 10 classes below: lowest 9 (0.9000 of 100), 8 (0.9100 of 100), 7 (0.9200 of 100), "
        "required ≥ 0.9995"
    )


def test_a_reason_names_the_bound_that_was_compared():
    (reason,) = rules.bless([rules.accuracy_rule(accuracy(0.9777), 0.9999)], None)["reasons"]
    assert reason == "accuracy: 98 of 100 right (0.9800), lower bound 0.9777 at 95% confidence, required ≥ 0.9999"


def test_a_p_value_is_said_as_far_as_it_matters():
    (reason,) = rules.bless([rules.champion_rule(Paired(10, 400), 0.05)], None)["reasons"]
    assert reason == (
        "champion: worse than the champion: 10 newly right, 400 newly wrong, p < 0.0001, required p ≥ 0.05"
    )


def test_the_champion_is_defended_and_improvement_can_be_asked_for():
    worse, same, better = Paired(5, 40), Paired(20, 25), Paired(40, 5)
    assert [rules.champion_rule(p, 0.05)["passed"] for p in (worse, same, better)] == [False, True, True]
    assert [rules.improvement_rule(p, 0.05)["passed"] for p in (worse, same, better)] == [False, False, True]
    assert rules.champion_rule(Paired(0, 0), 0.05)["detail"] == (
        "cannot be told apart from the champion: 0 newly right, 0 newly wrong, p = 1 two-sided"
    )


def test_a_champion_that_cannot_be_compared_refuses_unless_a_new_line_starts():
    problems = ["the champion's line of data mnist, this model's kmnist"]
    shut, opened = rules.comparable_rule(problems, False), rules.comparable_rule(problems, True)
    assert not shut["passed"] and "set new_line" in shut["detail"]
    assert opened["passed"] and opened["detail"].startswith("a new line starts: ")
    assert rules.comparable_rule([], False)["passed"]


def test_a_slice_without_examples_has_nothing_to_fail_with():
    import numpy as np

    nothing = score_slice("hard", "what the champion got wrong", np.empty(0, bool), 0.95)
    assert nothing["accuracy"] is None and (nothing["accuracy_low"], nothing["accuracy_high"]) == (0.0, 1.0)
    assert next(rules.slice_rules([nothing], {"hard": 0.5}))["passed"]


FAILED = rules.calibration_rule(0.2, 0.05)


def test_a_forced_blessing_says_so_and_keeps_the_rules_that_failed():
    forced = rules.bless([FAILED], "the customer's demo is at noon")
    assert forced["blessed"] and forced["verdict"] == "blessed"
    assert forced["forced"] == "the customer's demo is at noon"
    assert forced["reasons"][0] == "forced: the customer's demo is at noon"
    assert forced["reasons"][1] == "calibration: expected calibration error 0.2000, required ≤ 0.05"
    assert forced["rules"][0]["passed"] is False


def test_force_is_not_recorded_where_it_was_not_needed_and_never_serves_nan():
    assert rules.bless([rules.calibration_rule(0.01, 0.05)], "not needed at all")["forced"] is None
    refused = rules.bless([rules.loss_rule(NAN)], "serve it all the same")
    assert not refused["blessed"] and refused["forced"] is None
    assert refused["reasons"][0] == "force_bless does not help a model whose loss is not finite"


@pytest.mark.parametrize("reason", ["", "short", " " * 20, "   padded reason", "two\nlines of reason"])
def test_a_reason_must_be_a_reason(reason):
    with pytest.raises(BadConfig, match="force_bless"):
        PipelineConfig.from_flat({"force_bless": reason})


@given(st.lists(st.floats(0, 1) | st.just(NAN), min_size=1, max_size=5), st.floats(0, 1))
def test_a_verdict_is_blessed_when_every_rule_passed_and_only_then(errors, bound):
    outcome = rules.bless([rules.calibration_rule(e, bound) for e in errors], None)
    assert outcome["blessed"] == all(e <= bound for e in errors) == (outcome["verdict"] == "blessed")
    assert len(outcome["reasons"]) == (0 if outcome["blessed"] else sum(not e <= bound for e in errors))


def test_defaults_defend_the_champion_at_five_percent():
    config = EvaluateConfig()
    assert (config.confidence, config.champion_alpha) == (0.95, 0.05)
    assert not config.new_line and not config.require_improvement and config.force_bless is None
