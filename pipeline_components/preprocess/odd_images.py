"""Images that do not look like their class: a few far off, or a minority that is turned, mirrored, halved or faint."""

from dataclasses import dataclass

import numpy as np

from pipeline_components.preprocess.anomalies import Anomaly, Severity, of_examples
from pipeline_components.preprocess.appearance import BEYOND
from pipeline_components.preprocess.statistics import Part
from pipeline_components.stats.wilson import wilson

#: Beyond this multiple of its class's limit an image is odd by itself: no image of MNIST's 70,000 is beyond 6.9.
FAR = 8.0
#: What may lie beyond the limit besides the 1 % that it is made for, of a split and of a class: of MNIST's test split
#: 0.1 % more do, of one class 0.6 %.
SPLIT_ALLOWED, CLASS_ALLOWED = 0.003, 0.015
CONFIDENCE = 0.99
#: Fewer say nothing of a share: of twenty images one beyond is 5 %, and in one of five splits of twenty there is one.
FEWEST = 5


@dataclass(frozen=True)
class Odd:
    """What lies beyond its class's limit in one split: how many, how many far beyond, what share too much."""

    beyond: int
    far: int
    share: float


def check(part: Part, distance: np.ndarray, names: list[str], tolerance: float) -> tuple[Odd, list[Anomaly]]:
    """Count what is odd, and the anomaly: an error where certainly more than the tolerance is, of the split or of a
    class. `distance` is in multiples of the class's limit: see appearance.py."""
    label = part.examples.label
    beyond, far = distance > 1, distance > FAR
    share = max(_share(beyond, CONFIDENCE, SPLIT_ALLOWED), wilson(int(far.sum()), len(far), CONFIDENCE)[0])
    each = 1 - (1 - CONFIDENCE) / len(names)
    shares = {i: _share(beyond[label == i], each, CLASS_ALLOWED) for i in range(len(names))}
    classes = {i: found for i, found in shares.items() if found > 0}
    odd = Odd(int(beyond.sum()), int(far.sum()), round(max(share, 0.0), 4))
    if share <= 0 and not classes and not far.any():
        return odd, []
    severity: Severity = "error" if max([share, *classes.values()]) > tolerance else "warning"
    rows = np.flatnonzero(beyond)
    rows = rows[np.argsort(-distance[rows], kind="stable")]
    of = f", of class {', '.join(names[i] for i in classes)} above all" if 0 < len(classes) <= len(names) // 2 else ""
    what = f"images do not look like their class{of}: {len(rows) / len(part):.1%}, {BEYOND:.0%} is normal"
    what += f", {odd.far:,} of them far off" if odd.far else ""
    return odd, [of_examples("odd_images", severity, part, rows, what)]


def _share(beyond: np.ndarray, confidence: float, allowed: float) -> float:
    """At least what share of images is odd: what lies beyond the limit, less what may; 0 when no more does."""
    low, _ = wilson(int(beyond.sum()), len(beyond), confidence)
    return low - BEYOND if low > BEYOND + allowed and beyond.sum() >= FEWEST else 0.0
