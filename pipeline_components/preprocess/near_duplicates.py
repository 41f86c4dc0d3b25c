"""Held-out images that are nearly images of the training split: changed by a pixel, a little noise or brightness.

Candidates by the cosine of 7×7 grids, over the whole training split in one pass, then the distance of all pixels,
against what is usual: how far the training split's own images of that class are from the nearest of the others.
Measured with MNIST and its sample, of 160 images and more: an honest test image is hardly ever nearer than 0.39 of the
middle one of these distances; a copy with one pixel changed from black to white is at 0.2 (0.4 in the densest class,
the ones), with noise of 20 of 255 levels at 0.3, at four fifths of its brightness at 0.3; moved by a pixel it is at 0.9
and not found here, but by drift.
B. Barz and J. Denzler, Do We Train on Test Data? Purging CIFAR of Near-Duplicates, J. Imaging 6 (2020) 41, found 3 %
and 10 % of two well-known test sets so.
"""

from collections.abc import Sequence
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
CHUNK = 1000


@dataclass(frozen=True)
class Looked:
    """Rows of a split, for each the row of train with the most similar grid, and the distance of all pixels."""

    part: Part
    rows: np.ndarray
    found: np.ndarray
    apart: np.ndarray


def check(
    train: Part, held_out: Sequence[Part], classes: int, tolerance: float, seed: int = 0
) -> list[tuple[float, list[Anomaly]]]:
    """For each held-out split the share of near duplicates among those looked at, and the anomaly where there are any:
    exact ones are leaks of their own. An error when certainly more than the tolerance are."""
    chosen = [np.random.default_rng(seed).permutation(len(part))[:CHECKED] for part in held_out]
    asked = [(part, rows[~part.measured.blank[rows]]) for part, rows in zip(held_out, chosen, strict=True)]
    itself, *others = nearest(train, [(train, np.random.default_rng(seed).permutation(len(train))[:USUAL]), *asked])
    usual = _usual(itself, classes)
    return [_near(looked, train, usual, tolerance) for looked in others]


def nearest(train: Part, asked: Sequence[tuple[Part, np.ndarray]]) -> list[Looked]:
    """The nearest of train for these rows of each split; a row of train is never nearest to itself."""
    unit = np.concatenate([unit_length(part.measured.grid[rows]) for part, rows in asked])
    own = np.concatenate([rows if part is train else np.full(len(rows), -1) for part, rows in asked])
    found, likeness = np.zeros(len(unit), np.int64), np.full(len(unit), -2, np.float32)
    for start in range(0, len(train), CHUNK):
        cosine = unit @ unit_length(train.measured.grid[slice(start, start + CHUNK)]).T
        here = np.flatnonzero((own >= start) & (own < start + cosine.shape[1]))
        cosine[here, own[here] - start] = -2
        place = cosine.argmax(axis=1)
        best = cosine[np.arange(len(unit)), place]
        nearer = best > likeness
        found[nearer], likeness[nearer] = start + place[nearer], best[nearer]
    parts = np.split(found, np.cumsum([len(rows) for _, rows in asked])[:-1])
    return [
        Looked(part, rows, twins, _pixels_apart(part, rows, train, twins))
        for (part, rows), twins in zip(asked, parts, strict=True)
    ]


def _usual(itself: Looked, classes: int) -> np.ndarray:
    """How far images of each class usually are from the nearest other image of their own split."""
    label, apart = itself.part.examples.label[itself.rows], itself.apart
    return np.array(
        [np.median(apart[label == i]) if (label == i).any() else apart.min(initial=0.0) for i in range(classes)]
    )


def _near(looked: Looked, train: Part, usual: np.ndarray, tolerance: float) -> tuple[float, list[Anomaly]]:
    """Those that are far nearer than is usual."""
    held_out, rows, apart = looked.part, looked.rows, looked.apart
    both = held_out.examples.label[rows], train.examples.label[looked.found]  # either may be wrong
    ratio = apart / np.maximum(np.minimum(*(usual[label] for label in both)), 1e-6)
    own = held_out.examples.image[rows].astype(np.float32)
    length = np.sqrt(np.einsum("ijk,ijk->i", own, own))  # nearly blank images are near to one another and no copies
    near = np.flatnonzero((ratio < NEAR) & (apart < NEAR * length) & (apart > 0))
    if len(near) < FEWEST:
        return 0.0, []
    low, _ = wilson(len(near), len(rows))
    severity: Severity = "error" if low > tolerance else "warning"
    near = near[np.argsort(ratio[near], kind="stable")]
    twin = train.ids(looked.found[near[:1]])[0]
    what = f"images of {len(rows):,} looked at are nearly images of the training split, the first nearly {twin}"
    return len(near) / len(rows), [of_examples("near_duplicates", severity, held_out, rows[near], what)]


def _pixels_apart(left: Part, left_rows: np.ndarray, right: Part, right_rows: np.ndarray) -> np.ndarray:
    """The Euclidean distance of images, pair by pair."""
    difference = left.examples.image[left_rows].astype(np.float32) - right.examples.image[right_rows]
    return np.asarray(np.sqrt((difference**2).sum(axis=(1, 2), dtype=np.float64)))
