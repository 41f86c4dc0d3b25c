"""How often a model is right, counted by hand."""

import numpy as np
import pytest

from pipeline_components.evaluate.scores import confusion, cross_entropy, per_class, score_slice, slices
from pipeline_components.stats.wilson import wilson

LABEL = np.array([0, 0, 0, 1, 2], np.uint8)
DIGIT = np.array([0, 1, 1, 1, 0], np.uint8)


def test_a_loss_is_minus_the_log_of_what_the_label_was_given_and_clipped_as_keras_does():
    probabilities = np.array([[0.25, 0.75], [1.0, 0.0], [0.0, 1.0]], np.float32)
    found = cross_entropy(probabilities, np.array([1, 1, 1]))
    assert found.dtype == np.float32
    assert found.tolist() == pytest.approx([-np.log(0.75), -np.log(1e-7), 1e-7], rel=0.3)


def test_a_confusion_matrix_has_labels_by_row_and_answers_by_column():
    assert confusion(LABEL, DIGIT, 3).tolist() == [[1, 2, 0], [0, 1, 0], [1, 0, 0]]
    assert confusion(np.array([255], np.uint8), np.array([255], np.uint8), 256)[255, 255] == 1


def test_precision_recall_and_f1_of_each_class_and_zero_where_there_is_nothing_to_divide():
    a, b, c = per_class(confusion(LABEL, DIGIT, 3), ["a", "b", "c"], 0.9)
    assert (a["class"], a["support"], a["precision"], a["recall"], a["f1"]) == ("a", 3, 1 / 2, 1 / 3, 2 / 5)
    assert (b["support"], b["precision"], b["recall"], b["f1"]) == (1, 1 / 3, 1.0, 1 / 2)
    assert (c["support"], c["precision"], c["recall"], c["f1"]) == (1, 0.0, 0.0, 0.0)
    assert (a["recall_low"], a["recall_high"]) == wilson(1, 3, 0.9)


def test_slices_are_classes_quarters_by_ink_and_what_the_champion_got_wrong():
    image = np.zeros((8, 2, 2), np.uint8)
    image[:, 0, 0] = [7, 0, 5, 5, 2, 1, 9, 255]
    label = np.array([0, 1] * 4)
    found = {name: (what, rows.tolist()) for name, what, rows in slices(image, label, ["a", "b"], label == 1)}
    assert found == {
        "class_a": ("examples of class a", [0, 2, 4, 6]),
        "class_b": ("examples of class b", [1, 3, 5, 7]),
        "ink_1": ("quarter 1 of 4 by ink, the thinnest", [1, 5]),
        "ink_2": ("quarter 2 of 4 by ink", [4, 2]),
        "ink_3": ("quarter 3 of 4 by ink", [3, 0]),
        "ink_4": ("quarter 4 of 4 by ink, the boldest", [6, 7]),
        "hard": ("examples that the champion got wrong", [1, 3, 5, 7]),
    }
    assert "hard" not in [name for name, _, _ in slices(image, label, ["a", "b"], None)]


def test_a_slice_has_its_accuracy_and_interval_or_none_of_nothing():
    found = score_slice("ink_1", "thin", np.array([True, True, False, True]), 0.9)
    assert (found["examples"], found["accuracy"]) == (4, 0.75)
    assert (found["accuracy_low"], found["accuracy_high"]) == wilson(3, 4, 0.9)
    assert score_slice("hard", "", np.empty(0, bool), 0.9)["accuracy"] is None
