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


def rise(low):
    return {"loss_rise_low": None if math.isnan(low) else low, "loss_rise": 0.008, "loss": 0.07, "examples": 100}


def drops(*lows):
    return [{"class": str(i), "examples": 100, "drop": low + 0.01, "drop_low": low} for i, low in enumerate(lows)]


def part(accuracy):
    return [{"slice": "ink_1", "description": "thin", "examples": 10, "accuracy": accuracy}]


CASES = {
    "loss": (rules.loss_rule, 0.1, math.inf),
    "accuracy": (lambda x: rules.accuracy_rule(accuracy(x), 0.97), 0.97, 0.9699),
    "class_recall": (lambda x: rules.recall_rule(scores(0.99, x, 0.98), 0.8), 0.8, 0.79),
    "overconfidence": (
        lambda x: rules.overconfidence_rule(accuracy(0.97) | {"mean_confidence": x}, 0.005),
        0.98,
        0.9851,
    ),
    "champion_loss": (lambda x: rules.loss_rise_rule(rise(x), 0.1), 0.0069, 0.0071),
    "champion_classes": (lambda x: rules.class_drop_rule(drops(0.01, x), 0.02), 0.02, 0.021),
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
    assert not rules.overconfidence_rule(accuracy(0.9, seen=0) | {"mean_confidence": 0.9}, 1.0)["passed"]


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
    tenth = rules.improvement_rule(better, 0.05, look=10)
    assert tenth["passed"] and tenth["required"] == "p < 0.00045"
    assert tenth["detail"].endswith("p < 0.0001; model 10 judged on these images")
    assert not rules.improvement_rule(better, 0.05, look=10_000)["passed"]
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


FAILED = rules.overconfidence_rule(accuracy(0.97) | {"mean_confidence": 0.999}, 0.01)


def test_a_forced_blessing_says_so_and_keeps_the_rules_that_failed():
    forced = rules.bless([FAILED], "the customer's demo is at noon")
    assert forced["blessed"] and forced["verdict"] == "blessed"
    assert forced["forced"] == "the customer's demo is at noon"
    assert forced["reasons"][0] == "forced: the customer's demo is at noon"
    assert forced["reasons"][1] == (
        "overconfidence: 2 of 100 wrong where it expects 0: confidence less accuracy +0.0190, required ≤ 0.01"
    )
    assert forced["rules"][0]["passed"] is False


def test_force_is_not_recorded_where_it_was_not_needed_and_never_serves_nan():
    assert rules.bless([rules.loss_rule(0.01)], "not needed at all")["forced"] is None
    refused = rules.bless([rules.loss_rule(NAN)], "serve it all the same")
    assert not refused["blessed"] and refused["forced"] is None
    assert refused["reasons"][0] == "force_bless does not help a model whose loss is not finite"


@pytest.mark.parametrize("reason", ["", "short", " " * 20, "   padded reason", "two\nlines of reason"])
def test_a_reason_must_be_a_reason(reason):
    with pytest.raises(BadConfig, match="force_bless"):
        PipelineConfig.from_flat({"force_bless": reason})


@given(st.lists(st.floats(0, 1) | st.just(NAN), min_size=1, max_size=5), st.floats(0, 1))
def test_a_verdict_is_blessed_when_every_rule_passed_and_only_then(errors, bound):
    outcome = rules.bless([next(rules.slice_rules(part(e), {"ink_1": bound})) for e in errors], None)
    assert outcome["blessed"] == all(e >= bound for e in errors) == (outcome["verdict"] == "blessed")
    assert len(outcome["reasons"]) == (0 if outcome["blessed"] else sum(not e >= bound for e in errors))


def test_defaults_defend_the_champion_at_one_percent():
    config = EvaluateConfig()
    assert (config.confidence, config.champion_alpha) == (0.95, 0.01)
    assert not config.new_line and not config.require_improvement and config.force_bless is None


def metrics(seen=1000, correct=980, confidence=0.98, **beside):
    none = dict.fromkeys(("champion", "anchor", "unforced"))
    return (
        none
        | {"examples": seen, "correct": correct, "accuracy": correct / seen, "mean_confidence": confidence}
        | beside
    )


def beside(right, wrong, detectable=0.004):
    return {"newly_right": right, "newly_wrong": wrong, "detectable": detectable}


@pytest.mark.parametrize("correct", [900, 980, 999])
def test_a_model_that_is_always_sure_fails_at_every_accuracy_and_an_honest_one_passes(correct):
    for confidence in (1.0, 1 - 0.1 * (1000 - correct) / 1000):
        assert not rules.overconfidence_rule(metrics(correct=correct, confidence=confidence), None)["passed"]
    for confidence in (correct / 1000, correct / 1000 + 0.5 * (1000 - correct) / 1000, 0.5):
        assert rules.overconfidence_rule(metrics(correct=correct, confidence=confidence), None)["passed"]


def test_one_that_thinks_little_of_itself_is_warned_of_and_not_refused():
    assert rules.warnings_of(metrics(confidence=0.9)) == ["under-confident: 20 of 1,000 wrong where it expects 100"]
    assert rules.warnings_of(metrics(confidence=0.97)) == rules.warnings_of(metrics(confidence=None)) == []


def test_what_is_not_finite_anywhere_is_refused_and_cannot_be_forced():
    rule = rules.loss_rule(0.1, not_finite=1)
    assert not rule["passed"] and "not finite" in rule["detail"]
    assert not rules.bless([rule], "serve it all the same")["blessed"]


def test_the_first_of_a_line_anchors_and_then_only_one_that_is_surely_better_and_none_that_was_forced():
    assert rules.anchors(metrics()) and not rules.anchors(metrics(anchor=beside(20, 18)))
    assert not rules.anchors(metrics(anchor=beside(40, 20))) and Paired(40, 20).p_better < 0.01
    assert rules.anchors(metrics(anchor=beside(60, 20)))
    assert rules.bless([rules.loss_rule(0.1)], None, anchors=True)["anchors"]
    assert not rules.bless([rules.loss_rule(0.1)], None, anchors=False)["anchors"]
    assert not rules.bless([FAILED], "shown to them at noon", anchors=True)["anchors"]


def test_where_the_numbers_cannot_tell_the_verdict_says_so():
    few, many = beside(9, 11, detectable=0.021), beside(90, 110, detectable=0.004)
    assert rules.undecided(metrics(champion=few), 0.01) == [
        "undecided: the champion may be better by 2.1 points, unseen"
    ]
    assert rules.undecided(metrics(champion=many), 0.01) == rules.undecided(metrics(), 0.01) == []
    assert rules.undecided(metrics(champion=beside(40, 5, detectable=0.021)), 0.01) == []
    assert rules.bless([rules.loss_rule(0.1)], None, undecided=["x"])["undecided"] == ["x"]
    assert rules.bless([FAILED], None, undecided=["x"])["undecided"] == []


def test_a_champion_that_is_neither_better_nor_beaten_is_a_tie_whatever_could_have_been_seen():
    assert rules.is_tied(metrics(champion=beside(9, 11, detectable=0.001)), 0.01)
    assert not rules.is_tied(metrics(champion=beside(40, 5)), 0.01)
    assert not rules.is_tied(metrics(champion=beside(5, 40)), 0.01)
    assert not rules.is_tied(metrics(), 0.01) and not rules.is_tied(metrics(anchor=beside(9, 11)), 0.01)
    assert rules.bless([rules.loss_rule(0.1)], None, tied=True)["tied"]
    assert not rules.bless([FAILED], None, tied=True)["tied"]
    assert not rules.bless([FAILED], "shown to them at noon", tied=True)["tied"]


def test_a_class_that_is_lost_is_named():
    found = rules.class_drop_rule(drops(0.0, 0.3, 0.1), 0.02)
    assert (
        not found["passed"]
        and found["detail"] == "2 of 3 classes lost: 1 by 31.0 points, 2 by 11.0 points, surely 0.3000"
    )
