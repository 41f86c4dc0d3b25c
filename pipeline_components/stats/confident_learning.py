"""Confident learning: labels that a model's answers to examples it never saw speak against."""

import numpy as np


def suspect_labels(label: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Positions of the examples that count as another class, those whose label is the least likely first.

    C. G. Northcutt, L. Jiang and I. L. Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels, J. of
    Artificial Intelligence Research 70 (2021) 1373-1411, equation 2: an example counts as the likeliest of the classes
    that it is given as surely as, on average, those are that bear that label; it is off the diagonal of the confident
    joint if that is not its own. The answers must be of a model that was not trained on these examples.
    """
    classes = probabilities.shape[1]
    if not np.isfinite(probabilities).all() or not len(label):
        return np.empty(0, np.int64)
    usual = np.array([probabilities[label == i, i].mean() if (label == i).any() else np.inf for i in range(classes)])
    sure = np.where(probabilities >= usual, probabilities, -1.0)
    counts_as = np.where(sure.max(axis=1) >= 0, sure.argmax(axis=1), label)
    rows = np.flatnonzero(counts_as != label)
    margin = probabilities[rows, label[rows]] - probabilities[rows, counts_as[rows]]
    return rows[np.argsort(margin, kind="stable")]
