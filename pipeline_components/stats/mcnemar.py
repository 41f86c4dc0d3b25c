"""Whether two models that saw the same examples differ: McNemar's exact test."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Paired:
    """Examples that exactly one of two models got right: the others say nothing about which is better."""

    newly_right: int
    newly_wrong: int

    @property
    def p_worse(self) -> float:
        """How likely at least this many `newly_wrong` are if the challenger is as good: small means worse."""
        return tail(self.newly_wrong, self.newly_right + self.newly_wrong)

    @property
    def p_better(self) -> float:
        """How likely at least this many `newly_right` are if the challenger is as good: small means better."""
        return tail(self.newly_right, self.newly_right + self.newly_wrong)

    @property
    def p_different(self) -> float:
        """The two-sided p: twice the smaller tail, at most 1."""
        return min(1.0, 2 * min(self.p_worse, self.p_better))


def paired(challenger: np.ndarray, champion: np.ndarray) -> Paired:
    """Count the discordant pairs: bool [n] each, whether the model was right about the example."""
    return Paired(newly_right=int((challenger & ~champion).sum()), newly_wrong=int((~challenger & champion).sum()))


def outcome(pairs: Paired, alpha: float) -> str:
    """What the test says of the challenger, each way one-sided at alpha."""
    if pairs.p_worse < alpha:
        return "worse"
    return "better" if pairs.p_better < alpha else "cannot be told apart"


def p_value(p: float) -> str:
    """`p = 0.032`, and `p < 0.0001` for what is smaller: nobody decides by the digits of 1.3e-58."""
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"


def tail(successes: int, trials: int) -> float:
    """P(X ≥ successes) for X ~ Binomial(trials, 1/2), summed in the log domain: exact for any number of examples.

    Q. McNemar, Psychometrika 12 (1947) 153-157; the exact form: A. Agresti, Categorical Data Analysis, 10.1.4.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials")
    if successes == 0:
        return 1.0
    k = np.arange(successes, trials)
    first = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1)
    logs = np.concatenate(
        [[0.0], np.cumsum(np.log(trials - k) - np.log(k + 1))]
    )  # of choose(trials, k), from the first
    top = float(logs.max())
    return min(1.0, math.exp(first - trials * math.log(2) + top) * float(np.exp(logs - top).sum()))
