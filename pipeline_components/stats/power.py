"""How small a difference between two models a test on so many examples would have seen."""

import math
from statistics import NormalDist


def detectable(examples: int, discordant: int, alpha: float, power: float = 0.8) -> float:
    """The difference of accuracies that McNemar's test, one-sided at alpha, finds with this probability; at most 1.

    From the share ψ of examples that only one of the two gets right: δ = (z_α √ψ + z_β √(ψ - δ²)) / √n.
    R. J. Connor, Biometrics 43 (1987) 207-211, equation 3.
    """
    if examples == 0:
        return 1.0
    share = max(discordant, 1) / examples
    sure, likely = NormalDist().inv_cdf(1 - alpha), NormalDist().inv_cdf(power)
    found = 0.0
    for _ in range(20):  # it settles after a few
        found = (sure * math.sqrt(share) + likely * math.sqrt(max(share - found**2, 0.0))) / math.sqrt(examples)
    return min(found, 1.0)
