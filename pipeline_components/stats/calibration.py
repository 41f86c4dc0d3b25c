"""Whether a model that says 90 % is right nine times of ten: reliability and expected calibration error."""

from typing import TypedDict

import numpy as np


class Bin(TypedDict):
    """Predictions of like confidence: how many, what they claimed on average, and how many were right."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


class Calibration(TypedDict):
    """Expected and largest calibration error over bins of equal width."""

    ece: float | None
    mce: float | None
    bins: list[Bin]


def calibration(confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> Calibration:
    """ECE = Σ share of bin · |accuracy - confidence|, over `bins` bins (low, high] of equal width.

    C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, On Calibration of Modern Neural Networks, ICML 2017, equation 3,
    with its 15 bins. Confidence that is not finite leaves no error to show, which no bound lets pass.
    """
    if not np.isfinite(confidence).all():
        return Calibration(ece=None, mce=None, bins=[])
    index = np.clip(np.ceil(confidence.astype(np.float64) * bins).astype(int) - 1, 0, bins - 1)
    count = np.bincount(index, minlength=bins)
    claimed = np.bincount(index, confidence, minlength=bins)
    right = np.bincount(index, correct, minlength=bins)
    gaps = np.abs(right - claimed)
    full = np.maximum(count, 1)
    rows = [
        Bin(
            low=i / bins,
            high=(i + 1) / bins,
            count=int(n),
            confidence=float(claimed[i] / n) if n else None,
            accuracy=float(right[i] / n) if n else None,
        )
        for i, n in enumerate(count)
    ]
    return Calibration(ece=float(gaps.sum() / max(len(index), 1)), mce=float((gaps / full).max()), bins=rows)
