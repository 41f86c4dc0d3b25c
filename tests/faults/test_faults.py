"""A small part of the faults and of the clean resamples, on the sample: each fault is told as it should be."""

import numpy as np
import pytest

from tests.faults import judging, table
from tests.faults.catalogue import faults
from tests.faults.gate import Champion
from tests.faults.judging import Judged

BY_NAME = {f"{fault.kind} {fault.strength}": fault for fault in faults()}


@pytest.mark.parametrize(
    ("name", "outcome", "said"),
    [
        ("a dot at (0, label) 100%", "found", "bear a mark that gives the label away"),
        ("a dot at (0, label) 5%", "warned", "bear a mark that gives the label away"),
        ("test images in train, one pixel changed 20%", "found", "are nearly images of the training split"),
        ("labels at random in train 5%", "warned", "suspect labels"),
        ("labels at random in train 10%", "found", "suspect labels"),
        ("4 and 9 exchanged 10%", "found", r"of class 4 (mostly 9)"),
        ("fives labelled at random 45%", "found", "of class 5"),
        ("images white noise 1%", "warned", "36 of them far off"),
        ("images turned by 90° 5%", "warned", "images do not look like their class"),
        ("blank images 2.0%", "warned", "blank images"),
        ("the twos mirrored 100%", "found", "of class 2"),
    ],
)
def test_a_fault_is_told_in_proportion_to_its_harm(name, outcome, said):
    judged = judging.damaged("mnist_sample", BY_NAME[name])
    assert (judged.outcome, said in judged.message) == (outcome, True), judged.message


@pytest.fixture(scope="module")
def champion(tmp_path_factory):
    return Champion.of("mnist_sample", tmp_path_factory.mktemp("champion"))


@pytest.mark.parametrize(
    ("name", "verdict", "least"), [("sevens left out of train 90%", "refused", 2), ("blank images 0.2%", "blessed", -3)]
)
def test_the_gate_judges_what_was_let_through(name, verdict, least, champion):
    judged = judging.damaged("mnist_sample", BY_NAME[name], champion=champion)
    assert (judged.outcome, judged.verdict, judged.lost > least) == ("warned", verdict, True), judged


@pytest.mark.parametrize(("kind", "size"), [("subset", 200), ("other split", 500), ("bootstrap", 2500)])
def test_clean_resamples_raise_no_alarm(kind, size):
    judged = judging.clean("mnist_sample", kind, size, seed=5)
    assert (judged.outcome, judged.message) == ("missed", "")


def test_the_benchmark_has_as_many_as_it_promises():
    names = [f"{fault.kind} {fault.strength}" for fault in faults()]
    assert len(names) == len(set(names)) >= 75  # in two datasets
    resamples = judging.resamples(["mnist", "mnist_sample"])
    assert len(resamples) == len(set(resamples)) >= 100
    assert {seed % 2 for *_, seed in resamples} == {0, 1}


def test_every_fault_changes_what_it_is_put_into():
    from tests.kits.tfds import copy, handwriting

    for fault in faults():
        splits = copy(handwriting())
        fault.damage(splits, np.random.default_rng(1))
        assert any(
            len(label) != len(known) or (label != known).any() or (image != clean).any()
            for (image, label), (clean, known) in zip(splits.values(), handwriting().values(), strict=True)
        ), fault


def test_the_table_counts_outcomes_and_false_alarms_by_half():
    judged = [
        Judged("mnist", "a dot", "5%", "warned", ("shortcut",)),
        Judged("mnist", "a dot", "100%", "found", ()),
        Judged("mnist", "a hair", "1%", "missed", (), verdict="blessed", lost=0.4),
        Judged("mnist", "a hair", "9%", "missed", (), verdict="blessed", lost=2.5),
        Judged("mnist", "a hair", "99%", "warned", (), verdict="refused", lost=9.5),
        Judged("mnist", "clean subset", "200 #0", "missed", ()),
        Judged("mnist", "clean subset", "200 #1", "warned", ("drift",)),
        Judged("mnist", "clean subset", "200 #3", "found", ()),
    ]
    assert table.of(judged).splitlines() == [
        "| fault | mnist |",
        "|---|---|",
        "| a dot | 5% !, 100% ✕ |",
        "| a hair | 1% –, 9% – (−2.5), 99% ! ⊘ |",
        "| **all 5** | 1 found, 2 warned, 2 missed |",
        "| **of those let through** | 1 refused, 2 blessed |",
        "",
        "| clean resamples | tried | errors | warnings | which |",
        "|---|--:|--:|--:|---|",
        "| thresholds judged on | 2 | 1 | 1 | mnist 200 #1 drift |",
        "| thresholds set on | 1 | 0 | 0 |  |",
    ]
