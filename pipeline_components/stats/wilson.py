"""How sure a proportion is: Wilson's score interval."""

import math
from statistics import NormalDist


def wilson(correct: int, seen: int, confidence: float = 0.95) -> tuple[float, float]:
    """Lower and upper bound of a proportion, two-sided; (0, 1) when nothing was seen.

    E. B. Wilson, JASA 22 (1927) 209-212; recommended over the textbook interval by L. D. Brown, T. T. Cai and
    A. DasGupta, Statistical Science 16 (2001) 101-133, for it covers what it says at proportions near 1.
    """
    if not 0 <= correct <= seen:
        raise ValueError(f"{correct} correct of {seen} seen")
    if seen == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    p = correct / seen
    middle = p + z * z / (2 * seen)
    reach = z * math.sqrt(p * (1 - p) / seen + z * z / (4 * seen * seen))
    scale = 1 + z * z / seen
    low = (middle - reach) / scale if correct else 0.0
    high = (middle + reach) / scale if correct < seen else 1.0
    return low, high
