"""Labels that do not follow their images, of a whole split or of one class: how many, by what the neighbours say."""

from dataclasses import dataclass

import numpy as np

from pipeline_components.preprocess.anomalies import Anomaly, Severity, of_examples
from pipeline_components.preprocess.neighbours import POOL, LabelEvidence
from pipeline_components.preprocess.statistics import Part
from pipeline_components.stats.wilson import wilson

#: With nothing known of a line: its nearest of another label, of a split and of its hardest class. Of fashion_mnist's
#: 17 % are, and of its shirts 40 %.
SPLIT_UNKNOWN, CLASS_UNKNOWN = 0.3, 0.6
#: What a split, and a class, may have beyond what is expected.
SPLIT_ALLOWED, CLASS_ALLOWED = 0.02, 0.04
#: With a smaller pool a class has too few images to be judged by itself.
CLASS_POOL = 1000
#: Two-sided over a split, and shared by its classes (Bonferroni) over each of them.
CONFIDENCE = 0.99
#: From this share of wrong labels on they are called random.
RANDOM = 0.5


@dataclass(frozen=True)
class Expected:
    """What share of a split and of each class has a nearest image of another label where labels are right."""

    split: float
    classes: np.ndarray

    @classmethod
    def known(cls, shares: np.ndarray, pool: int) -> "Expected":
        """Shares measured with a whole pool, for a pool that may be smaller: see neighbours.py."""
        shares = np.minimum(shares * (POOL / max(pool, 1)) ** 0.3, CLASS_UNKNOWN)
        return cls(float(shares.mean()), shares)

    @classmethod
    def unknown(cls, classes: int) -> "Expected":
        """What no line exceeds whose labels can be learnt."""
        return cls(SPLIT_UNKNOWN, np.full(classes, CLASS_UNKNOWN))

    @classmethod
    def observed(cls, evidence: LabelEvidence, classes: int) -> "Expected":
        """What a split that is judged by itself has, and at most by chance: what another split is held against."""
        differing, checked = evidence.counts(classes)
        each = [wilson(int(d), int(n), _each(classes))[1] for d, n in zip(differing, checked, strict=True)]
        return cls(wilson(int(differing.sum()), int(checked.sum()), CONFIDENCE)[1], np.array(each))


def check(part: Part, evidence: LabelEvidence, expected: Expected, names: list[str], tolerance: float) -> list[Anomaly]:
    """One anomaly that says how many labels are wrong at least, and of which classes; an error above the tolerance,
    which a class has for itself as a split has."""
    differing, checked = evidence.counts(len(names))
    low = wilson(int(differing.sum()), int(checked.sum()), CONFIDENCE)[0]
    lows = np.array([wilson(int(d), int(n), _each(len(names)))[0] for d, n in zip(differing, checked, strict=True)])
    odd = np.flatnonzero((lows > expected.classes + CLASS_ALLOWED) & (evidence.pool >= CLASS_POOL))
    if low <= expected.split + SPLIT_ALLOWED and not len(odd):
        return []
    wrong = wrong_share(low, expected.split)
    if wrong > RANDOM:
        what = f"labels do not follow the images: {differing.sum() / checked.sum():.0%} differ from the most similar's"
        return [of_examples("random_labels", "error", part, np.arange(len(part)), what)]
    worst = max([wrong, *(wrong_share(lows[i], expected.classes[i]) for i in odd)])
    severity: Severity = "error" if worst > tolerance else "warning"
    label = part.examples.label
    rows = evidence.suspect
    if len(odd) and np.isin(label[rows], odd).any():
        rows = rows[np.argsort(~np.isin(label[rows], odd), kind="stable")]
    said = [f"{differing.sum() / checked.sum():.1%} of {checked.sum():,} (normal {expected.split:.1%})"]
    said += [f"{differing[i] / checked[i]:.0%} of class {names[i]} ({_mostly(evidence, int(i), names)})" for i in odd]
    what = f"suspect labels, whose 4 nearest images agree on another; the nearest's differs for {', '.join(said)}"
    return [of_examples("suspect_labels", severity, part, rows, what)]


def wrong_share(differing: float, expected: float) -> float:
    """The share s of wrong labels that makes so many pairs differ of which `expected` would: 1 - (1-s)² of the rest."""
    more = min(max(differing - expected, 0.0) / max(1 - expected, 1e-9), 1.0)
    return float(1 - (1 - more) ** 0.5)


def _each(classes: int) -> float:
    return 1 - (1 - CONFIDENCE) / classes


def _mostly(evidence: LabelEvidence, i: int, names: list[str]) -> str:
    """Which class the neighbours of a class's images have most often instead."""
    others = np.bincount(evidence.nearest[(evidence.label == i) & (evidence.nearest != i)], minlength=len(names))
    return f"mostly {names[int(others.argmax())]}"
