"""What it costs to look at the same test images again and again: how the best flatters, and alpha to spend."""

import math
from statistics import NormalDist


def flattery(models: int, examples: int, disagreement: float) -> float:
    """By how much the best of so many equally good models is measured above what it is, expected; an accuracy.

    Two equal models disagree about which of them is right on a share ψ of the images, so that each is measured
    √(ψ / 2n) beside the truth; the greatest of k normal numbers is expected at Φ⁻¹((k - 0.375) / (k + 0.25)).
    G. Blom, Statistical estimates and transformed beta variables (Wiley, 1958).
    """
    if not examples:
        return 0.0
    return NormalDist().inv_cdf((models - 0.375) / (models + 0.25)) * math.sqrt(disagreement / (2 * examples))


def spent(alpha: float, look: int) -> float:
    """The part of alpha that the look of this number, from 1, may spend: all looks together spend alpha.

    α / (k (k + 1)), whose sum over k is α: however many models are tried, one that is no better is taken for better
    with at most this probability. Alpha spending after D. P. Foster and R. A. Stine, J. R. Statist. Soc. B 70 (2008)
    429-444.
    """
    return alpha / (look * (look + 1))
