"""How sure the difference of two proportions is: of the same examples, or of others."""

import math
from statistics import NormalDist

from pipeline_components.stats.mcnemar import Paired
from pipeline_components.stats.wilson import wilson


def same_examples(pairs: Paired, seen: int, confidence: float = 0.95) -> tuple[float, float]:
    """Bounds of the second proportion less the first, when both are of the same examples; (-1, 1) of none.

    D. G. Bonett and R. M. Price, Journal of Educational and Behavioral Statistics 37 (2012) 479-488: Wald's interval
    with one added to each count of discordant pairs, which covers what it says from small samples on.
    """
    if seen == 0:
        return -1.0, 1.0
    better, worse = (pairs.newly_right + 1) / (seen + 2), (pairs.newly_wrong + 1) / (seen + 2)
    middle = better - worse
    reach = NormalDist().inv_cdf(0.5 + confidence / 2) * math.sqrt((better + worse - middle**2) / (seen + 2))
    return max(middle - reach, -1.0), min(middle + reach, 1.0)


def other_examples(first: tuple[int, int], second: tuple[int, int], confidence: float = 0.95) -> tuple[float, float]:
    """Bounds of the second proportion less the first, each (correct, seen) of examples of its own.

    R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10: from the Wilson interval of each.
    """
    (low, high), (low2, high2) = wilson(*first, confidence), wilson(*second, confidence)
    p, p2 = (correct / max(seen, 1) for correct, seen in (first, second))
    return p2 - p - math.hypot(p2 - low2, high - p), p2 - p + math.hypot(high2 - p2, p - low)
