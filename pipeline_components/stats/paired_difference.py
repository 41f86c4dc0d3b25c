"""How much worse one of two models that saw the same examples is at the least: lower bounds of paired differences."""

import math
from statistics import NormalDist

import numpy as np

from pipeline_components.stats.mcnemar import Paired


def mean_rise(now: np.ndarray, before: np.ndarray, alpha: float) -> tuple[float, float]:
    """The mean of now - before, and its lower bound at 1 - alpha, one-sided; not-a-number wherever a value is.

    The normal bound of a paired difference: hundreds of examples make the mean near enough to normal.
    """
    rise = now.astype(np.float64) - before
    if len(rise) < 2:
        return math.nan if not len(rise) else float(rise[0]), -math.inf
    mean, error = float(rise.mean()), float(rise.std(ddof=1)) / math.sqrt(len(rise))
    return mean, mean - NormalDist().inv_cdf(1 - alpha) * error


def drop(pairs: Paired, examples: int, alpha: float) -> tuple[float, float]:
    """How much of a share of right answers was lost, and its lower bound at 1 - alpha, one-sided.

    Wald's interval of a difference of paired proportions: A. Agresti, Categorical Data Analysis, 10.1.1.
    """
    if examples == 0:
        return 0.0, -1.0
    lost = pairs.newly_wrong - pairs.newly_right
    variance = pairs.newly_wrong + pairs.newly_right - lost**2 / examples
    reach = NormalDist().inv_cdf(1 - alpha) * math.sqrt(max(variance, 0.0))
    return lost / examples, (lost - reach) / examples
