"""How the images of each class look: one Gaussian of what is measured per class, and the distance that few exceed.

A quadratic discriminant (T. Hastie, R. Tibshirani and J. Friedman, The Elements of Statistical Learning, 4.3) used the
other way round: not which class an image belongs to, but whether it looks like its own. Measured with MNIST: 1.0 % of
its training images, 1.1 % of its test images and 0.8 % of the sample's lie beyond what 1 % exceed; of images turned by
90° 79 %, upside down 48 %, mirrored 19 %, with one half erased 65 %, at half the size 38 %, of white noise, half as
bright or nearly blank all. One covariance shared by the classes finds a quarter as many of the turned ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline_components.data.examples import CHUNK
from pipeline_components.preprocess.statistics import PLACES, Measured

FEATURES = PLACES * PLACES + 4

#: A Gaussian of 53 measurements wants ten times as many images; with fewer it would say nothing of others.
FEWEST = 530
#: The share of a class that lies beyond its `limit`.
BEYOND = 0.01
#: What is added to each variance: as much as 4.5 of 255 levels, for cells that are always empty have none.
FLOOR = 20.0


@dataclass(frozen=True)
class Appearance:
    """By class: `mean` [c, 53], `whitening` [c, 53, 53] (lower triangular: the Cholesky factor of the inverse of the
    covariance), `limit` [c] (the squared distance that BEYOND of it exceed)."""

    mean: np.ndarray
    whitening: np.ndarray
    limit: np.ndarray

    def distance(self, measured: Measured, label: np.ndarray) -> np.ndarray:
        """How far each image is from its own class, as a multiple of the class's limit: 1 is on it."""
        found = np.zeros(len(label))
        for rows, values in _features(measured):
            own = label[rows]
            found[rows] = _squared(values, own, self.mean, self.whitening) / self.limit[own]
        return found

    def as_json(self) -> dict[str, Any]:
        """Lists of numbers with five digits, of the triangles what is not zero."""
        lower = np.tril_indices(self.mean.shape[1])
        return {
            "mean": [_five_digits(mean) for mean in self.mean],
            "whitening": [_five_digits(matrix[lower]) for matrix in self.whitening],
            "limit": _five_digits(self.limit),
        }

    @classmethod
    def of_json(cls, content: dict[str, Any]) -> "Appearance":
        """What `as_json` gave."""
        mean = np.array(content["mean"], np.float32)
        whitening = np.zeros((*mean.shape, mean.shape[1]), np.float32)
        row, column = np.tril_indices(mean.shape[1])
        whitening[:, row, column] = content["whitening"]
        return cls(mean, whitening, np.array(content["limit"]))


def fit(measured: Measured, label: np.ndarray, classes: int) -> Appearance | None:
    """The appearance of these images, or None where a class has too few to tell."""
    count = np.bincount(label, minlength=classes)
    if count.min() < FEWEST:
        return None
    mean, products = np.zeros((classes, FEATURES)), np.zeros((classes, FEATURES, FEATURES))
    for rows, values in _features(measured):
        for i in range(classes):
            mine = values[label[rows] == i].astype(np.float64)
            mean[i] += mine.sum(axis=0)
            products[i] += mine.T @ mine
    mean /= count[:, None]
    spread = products - count[:, None, None] * mean[:, :, None] * mean[:, None, :]
    covariance = spread / (count - 1)[:, None, None] + FLOOR * np.eye(FEATURES)
    whitening = np.linalg.cholesky(np.linalg.inv(covariance))
    squared = np.empty(len(label))
    for rows, values in _features(measured):
        squared[rows] = _squared(values, label[rows], mean, whitening)
    limit = np.array([np.quantile(squared[label == i], 1 - BEYOND) for i in range(classes)])
    return Appearance(mean.astype(np.float32), whitening.astype(np.float32), limit)


def _features(measured: Measured) -> Iterator[tuple[slice, np.ndarray]]:
    """What is measured of each image, float32 [n, 53], each column scaled to some 0 to 255: a chunk at a time."""
    for start in range(0, len(measured.grid), CHUNK):
        rows = slice(start, start + CHUNK)
        others = (measured.contrast[rows], 255 * measured.foreground[rows], 20 * measured.extent[rows])
        rough = 100 * np.minimum(measured.roughness[rows], 3)
        yield rows, np.column_stack([measured.grid[rows], *others, rough]).astype(np.float32)


def _squared(values: np.ndarray, label: np.ndarray, mean: np.ndarray, whitening: np.ndarray) -> np.ndarray:
    """The squared distance of each image from the mean of its class, in deviations."""
    found = np.zeros(len(label))
    for i in range(len(mean)):
        mine = np.flatnonzero(label == i)
        found[mine] = (((values[mine] - mean[i]) @ whitening[i]) ** 2).sum(axis=1)
    return found


def _five_digits(values: np.ndarray) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
