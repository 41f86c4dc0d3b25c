"""Labels that held-out answers speak against, worked by hand and put among right ones."""

import numpy as np

from pipeline_components.stats.confident_learning import suspect_labels


def test_an_example_counts_as_the_class_it_is_as_surely_as_those_of_that_label_are():
    label = np.array([0, 0, 0, 1, 1])
    first = np.array([0.9, 0.8, 0.1, 0.2, 0.3])
    probabilities = np.column_stack([first, 1 - first])
    # on average 0.6 for class 0 and 0.75 for class 1: the third is given class 1 with 0.9, the last falls short of both
    assert suspect_labels(label, probabilities).tolist() == [2]


def test_those_whose_label_is_the_least_likely_come_first():
    label = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    first = np.array([0.9, 0.9, 0.9, 0.9, 0.2, 0.1, 0.3, 0.3])
    assert suspect_labels(label, np.column_stack([first, 1 - first])).tolist() == [5, 4]


def test_wrong_labels_among_sure_answers_are_all_found_and_no_others():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 10, 2000)
    probabilities = np.full((2000, 10), 0.01)
    probabilities[np.arange(2000), truth] = 0.91
    label = truth.copy()
    wrong = np.sort(rng.permutation(2000)[:100])
    label[wrong] = (label[wrong] + rng.integers(1, 10, 100)) % 10
    # a class is given its own label 0.91 of the time, less for those that are wrong: all right ones reach that
    assert np.sort(suspect_labels(label, probabilities)).tolist() == wrong.tolist()


def test_answers_that_are_not_finite_and_no_answers_list_nothing():
    assert suspect_labels(np.array([0, 1]), np.array([[np.nan, 1], [0, 1]])).tolist() == []
    assert suspect_labels(np.empty(0, int), np.empty((0, 2))).tolist() == []
