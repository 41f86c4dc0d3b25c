"""How the images of each class look: one Gaussian of what is measured per class, and the distance that few exceed.

A quadratic discriminant (T. Hastie, R. Tibshirani and J. Friedman, The Elements of Statistical Learning, 4.3) used the
other way round: not which class an image belongs to, but whether it looks like its own. Measured with MNIST: 1.0 % of
its training images, 1.1 % of its test images and 0.8 % of the sample's lie beyond what 1 % exceed; of images turned by
90° 79 %, upside down 48 %, mirrored 19 %, with one half erased 65 %, at half the size 38 %, of white noise, half as
bright or nearly blank all. One covariance shared by the classes finds a quarter as many of the turned ones.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline_components.preprocess.statistics import Measured

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
        values, found = features(measured), np.zeros(len(label))
        for i, limit in enumerate(self.limit):
            rows = np.flatnonzero(label == i)
            found[rows] = (((values[rows] - self.mean[i]) @ self.whitening[i]) ** 2).sum(axis=1) / limit
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
    if np.bincount(label, minlength=classes).min() < FEWEST:
        return None
    values, means, whitenings, limits = features(measured), [], [], []
    for i in range(classes):
        mine = values[label == i]
        mean = mine.mean(axis=0, dtype=np.float64)
        covariance = np.cov(mine, rowvar=False) + FLOOR * np.eye(values.shape[1])
        whitening = np.linalg.cholesky(np.linalg.inv(covariance))
        means.append(mean)
        whitenings.append(whitening)
        limits.append(np.quantile((((mine - mean) @ whitening) ** 2).sum(axis=1), 1 - BEYOND))
    return Appearance(np.array(means, np.float32), np.array(whitenings, np.float32), np.array(limits))


def features(measured: Measured) -> np.ndarray:
    """What is measured of each image, float32 [n, 53], each column scaled to some 0 to 255."""
    others = (measured.contrast, 255 * measured.foreground, 20 * measured.extent)
    return np.column_stack([measured.grid, *others, 100 * np.minimum(measured.roughness, 3)]).astype(np.float32)


def _five_digits(values: np.ndarray) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
