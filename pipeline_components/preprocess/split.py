"""The split of the training examples into those to fit on and those to watch the fit with."""

import numpy as np


def stratified(label: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions to train on and positions held out, each ascending.

    Of n examples round(fraction · n) are held out, shared over the classes by largest remainder. The same labels,
    fraction and seed give the same split.
    """
    order = np.random.default_rng(seed).permutation(len(label))
    held_out = np.zeros(len(label), bool)
    values, counts = np.unique(label, return_counts=True)
    for value, quota in zip(values, _quotas(counts, fraction), strict=True):
        held_out[order[label[order] == value][:quota]] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def _quotas(counts: np.ndarray, fraction: float) -> np.ndarray:
    """How many of each class are held out: whole numbers that sum to the rounded share of all."""
    exact = counts * fraction
    quotas = np.floor(exact).astype(int)
    left = round(fraction * counts.sum()) - quotas.sum()
    quotas[np.argsort(quotas - exact, kind="stable")[: max(left, 0)]] += 1
    return quotas
