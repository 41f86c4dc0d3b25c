"""How far two distributions are apart: the Jensen-Shannon distance."""

import math
from collections.abc import Sequence

import numpy as np


def jensen_shannon(left: Sequence[float] | np.ndarray, right: Sequence[float] | np.ndarray) -> float:
    """The distance of two histograms of the same bins, 0 (same shape) to 1 (nothing in common).

    The square root of J. Lin's divergence (IEEE Trans. Information Theory 37 (1991) 145-151) with base 2, which
    is a metric: D. M. Endres and J. E. Schindelin, same journal 49 (2003) 1858-1860. A histogram with nothing in it,
    or with a value that is no count, is 1 away from every other: it cannot pass for the same.
    """
    p, q = (np.asarray(side, np.float64) for side in (left, right))
    if p.shape != q.shape:
        raise ValueError(f"histograms of {p.shape} and {q.shape} bins")
    if not all(np.isfinite(side).all() and (side >= 0).all() and side.sum() > 0 for side in (p, q)):
        return 1.0
    p, q = p / p.sum(), q / q.sum()
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return math.sqrt(min(max(divergence, 0.0), 1.0))


def chance(bins: int, left: int, right: int) -> float:
    """The distance to expect of two samples of these sizes from one distribution over so many bins.

    To second order the divergence is an eighth of the χ² distance, and that has bins - 1 degrees of freedom.
    """
    return math.sqrt((bins - 1) / (8 * math.log(2)) * (1 / max(left, 1) + 1 / max(right, 1)))


def _relative_entropy(p: np.ndarray, q: np.ndarray) -> float:
    """Kullback-Leibler divergence in bits, of a p that is 0 wherever q is."""
    some = p > 0
    return float(np.sum(p[some] * np.log2(p[some] / q[some])))
