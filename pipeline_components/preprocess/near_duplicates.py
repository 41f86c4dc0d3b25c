"""Held-out images that are nearly images of the training split: changed by a pixel, a little noise or brightness.

Candidates by the cosine of 7×7 grids, then the distance of all pixels, against what is usual: how far the training
split's own images of that class are from the nearest of the others. Measured with MNIST and its sample, of 160 images
and more: an honest test image is hardly ever nearer than 0.39 of the middle one of these distances; a copy with one
pixel changed from black to white is at 0.2 (0.4 in the densest class, the ones), with noise of 20 of 255 levels at
0.3, at four fifths of its brightness at 0.3; moved by a pixel it is at 0.9 and not found here, but by drift.
B. Barz and J. Denzler, Do We Train on Test Data? Purging CIFAR of Near-Duplicates, J. Imaging 6 (2020) 41, found 3 %
and 10 % of two well-known test sets so.
"""

from dataclasses import dataclass

import numpy as np

from pipeline_components.preprocess.anomalies import Anomaly, Severity, of_examples
from pipeline_components.preprocess.neighbours import unit_length
from pipeline_components.preprocess.statistics import Part
from pipeline_components.stats.wilson import wilson

#: So many images of a held-out split are looked at, and so many of train for what is usual.
CHECKED, USUAL = 1000, 500
NEAR = 0.33
#: One alone is chance: of 6,000 digits two are at 0.35 now and then.
FEWEST = 2
#: How far along the main direction of grids of length 1 a candidate may be: a copy with noise of 20 levels moves by
#: less, and a darker one does not move.
REACH = 0.12
CHUNK = 100


@dataclass(frozen=True)
class Training:
    """The training split: its grids of length 1 in the order of their place along their main direction, and the usual
    distance to the nearest by class."""

    part: Part
    direction: np.ndarray
    order: np.ndarray
    along: np.ndarray
    unit: np.ndarray
    usual: np.ndarray

    @classmethod
    def of(cls, part: Part, classes: int, seed: int = 0) -> "Training":
        """The split with what is usual of it."""
        unit, label = unit_length(part.measured.grid), part.examples.label
        direction = np.linalg.eigh(np.cov(unit[:: len(unit) // 5000 + 1], rowvar=False))[1][:, -1].astype(np.float32)
        along = unit @ direction
        order = np.argsort(along, kind="stable")
        training = cls(part, direction, order, along[order], unit[order], np.zeros(classes))
        rows = np.random.default_rng(seed).permutation(len(part))[:USUAL]
        _, apart = training.nearest(part, rows, itself=True)
        known = np.isfinite(apart)
        for i in range(classes):
            mine = apart[(label[rows] == i) & known]
            training.usual[i] = np.median(mine) if len(mine) else apart[known].min(initial=0.0)
        return training

    def nearest(self, of: Part, rows: np.ndarray, itself: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """For these rows of a split the row of train with the most similar grid, and the distance of all pixels;
        infinite where none is within reach."""
        unit = unit_length(of.measured.grid[rows])
        along, place = unit @ self.direction, np.argsort(self.order)
        found, apart = np.zeros(len(rows), np.int64), np.full(len(rows), np.inf)
        by_place = np.argsort(along, kind="stable")
        for start in range(0, len(rows), CHUNK):
            each = by_place[start : start + CHUNK]
            low, high = np.searchsorted(self.along, [along[each[0]] - REACH, along[each[-1]] + REACH])
            if high - low <= itself:
                continue
            likeness = unit[each] @ self.unit[low:high].T
            if itself:
                likeness[np.arange(len(each)), place[rows[each]] - low] = -2
            found[each] = self.order[low + likeness.argmax(axis=1)]
            apart[each] = _pixels_apart(of, rows[each], self.part, found[each])
        return found, apart


def check(held_out: Part, training: Training, tolerance: float, seed: int = 0) -> tuple[float, list[Anomaly]]:
    """The share of near duplicates among those looked at, and the anomaly where there are any: exact ones are leaks
    of their own. An error when certainly more than the tolerance are."""
    rows = np.random.default_rng(seed).permutation(len(held_out))[:CHECKED]
    rows = rows[~held_out.measured.blank[rows]]
    found, apart = training.nearest(held_out, rows)
    both = held_out.examples.label[rows], training.part.examples.label[found]  # either may be wrong
    ratio = apart / np.maximum(np.minimum(*(training.usual[label] for label in both)), 1e-6)
    own = held_out.examples.image[rows].astype(np.float32)
    length = np.sqrt(np.einsum("ijk,ijk->i", own, own))  # nearly blank images are near to one another and no copies
    near = np.flatnonzero((ratio < NEAR) & (apart < NEAR * length) & (apart > 0))
    if len(near) < FEWEST:
        return 0.0, []
    low, _ = wilson(len(near), len(rows))
    severity: Severity = "error" if low > tolerance else "warning"
    near = near[np.argsort(ratio[near], kind="stable")]
    twin = training.part.ids(found[near[:1]])[0]
    what = f"images of {len(rows):,} looked at are nearly images of the training split, the first nearly {twin}"
    return len(near) / len(rows), [of_examples("near_duplicates", severity, held_out, rows[near], what)]


def _pixels_apart(left: Part, left_rows: np.ndarray, right: Part, right_rows: np.ndarray) -> np.ndarray:
    """The Euclidean distance of images, pair by pair."""
    difference = left.examples.image[left_rows].astype(np.float32) - right.examples.image[right_rows]
    return np.asarray(np.sqrt((difference**2).sum(axis=(1, 2), dtype=np.float64)))
