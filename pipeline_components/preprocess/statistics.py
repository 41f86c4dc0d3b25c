"""Statistics of examples: measured per image with matrix products, then summed up by split.

Images are read a chunk at a time; what is kept of each is 38 bytes. 70,000 take about half a second on two cores.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import pyarrow as pa

from pipeline_components.data.examples import CHUNK, Examples, Images, chunks, positions

PLACES = 7
PIXEL_BINS = 16
#: Mean pixel value of an image; digits lie between 6 and 102, inverted ones above 150.
INK_EDGES = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 128, 160, 192, 224, 256)
#: Centres of mass by two pixels; MNIST's all lie between 13.5 and 14.5, in the middle of a bin.
CENTRE_EDGES = tuple(range(-1, 30, 2))
#: Share of pixels at 255 from which an image counts as saturated; no image of MNIST has more than 0.3.
SATURATED = 0.6

Histogram = list[int]


class Spread(TypedDict):
    """A quantity's mean, deviation and histogram."""

    mean: float
    deviation: float
    histogram: Histogram


class InkOfClass(TypedDict):
    """How much ink the images of one class have: mean pixel value, 0 to 255."""

    mean: float
    deviation: float


class SplitStatistics(TypedDict):
    """One split in statistics.json; class names are keys, `place` and `class_means` are 7×7 grids of 4×4 pixels."""

    examples: int
    classes: dict[str, int]
    pixel: Spread
    ink: Spread
    ink_per_class: dict[str, InkOfClass]
    row: Spread
    column: Spread
    place: list[float]
    class_means: dict[str, list[float]]


@dataclass(frozen=True)
class Grids:
    """The 7×7 grids of images, float32 [n, 49], means of 4×4 pixels: for many images they would be most of what is
    measured, so they are made when they are asked for."""

    image: Images

    def __len__(self) -> int:
        return len(self.image)

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        asked = positions(rows, len(self))
        found = np.empty((len(asked), PLACES * PLACES), np.float32)
        weights = _weights(*self.image.shape[1:])
        for start in range(0, len(asked), CHUNK):
            part = slice(start, start + CHUNK)
            image = self.image[asked[part]]
            found[part] = (image.reshape(len(image), -1).astype(np.float32) @ weights)[:, :-4]
        return found


@dataclass(frozen=True)
class Measured:
    """One row per image: `grid` float32 [n, 49] (means of 4×4 pixels), `ink` (mean pixel), `row` and `column` of the
    centre of mass (middle of the image where it is all zero), `extent` (root mean square distance from it in pixels),
    `contrast` (largest less smallest pixel), and of every other row of pixels `foreground` (share above 0) and
    `roughness` (differences of neighbours, per ink of the image); `content` uint64 hash, `blank`, `saturated`. Of all
    images together `values`, how many pixels have each of the 256."""

    grid: Grids
    values: np.ndarray
    ink: np.ndarray
    row: np.ndarray
    column: np.ndarray
    extent: np.ndarray
    contrast: np.ndarray
    foreground: np.ndarray
    roughness: np.ndarray
    content: np.ndarray
    blank: np.ndarray
    saturated: np.ndarray


@dataclass(frozen=True)
class Part:
    """A split with what was measured of it and the sums of that."""

    split: str
    examples: Examples
    measured: Measured
    statistics: SplitStatistics

    def __len__(self) -> int:
        """How many examples there are."""
        return len(self.examples)

    def ids(self, rows: np.ndarray) -> list[str]:
        """The example ids of these rows."""
        return [str(example_id) for example_id in self.examples.example_id.take(pa.array(rows)).to_pylist()]


def measured_part(split: str, examples: Examples, classes: Sequence[str]) -> Part:
    """Measure a split and sum it up."""
    measured = measure(examples.image)
    return Part(split, examples, measured, describe(examples.label, measured, classes))


def measure(image: Images) -> Measured:
    """Measure uint8 images [n, 28, 28], a chunk at a time."""
    height, width = image.shape[1:]
    weights = _weights(height, width)[:, -4:]
    sums, values = np.empty((len(image), 4), np.float32), np.zeros(256, np.int64)
    extremes, content = np.empty((2, len(image)), np.uint8), np.empty(len(image), np.uint64)
    saturated, foreground, steps = np.empty(len(image), bool), *np.empty((2, len(image)), np.float32)
    for rows, some in chunks(image):
        chunk = np.ascontiguousarray(some).reshape(len(some), -1)
        np.matmul(chunk.astype(np.float32), weights, out=sums[rows])
        values += np.bincount(chunk.reshape(-1), minlength=256)
        extremes[:, rows] = chunk.min(axis=1), chunk.max(axis=1)
        saturated[rows] = np.count_nonzero(chunk == 255, axis=1) > SATURATED * chunk.shape[1]
        half = np.ascontiguousarray(chunk.reshape(-1, height, width)[:, ::2]).reshape(len(chunk), -1)
        foreground[rows] = np.count_nonzero(half, axis=1) / half.shape[1]
        left, right = half[:, :-1], half[:, 1:]
        steps[rows] = (np.maximum(left, right) - np.minimum(left, right)).sum(axis=1, dtype=np.uint32)
        content[rows] = content_hash(chunk)
    total, *moments = sums.T
    ink = np.maximum(total, 1)
    row, column, squares = (moment / ink for moment in moments)
    return Measured(
        grid=Grids(image),
        values=values,
        ink=total / (height * width),
        row=np.where(total > 0, row, (height - 1) / 2),
        column=np.where(total > 0, column, (width - 1) / 2),
        extent=np.sqrt(np.maximum(squares - row**2 - column**2, 0)),
        contrast=extremes[1].astype(np.float32) - extremes[0],
        foreground=foreground,
        roughness=2 * steps / ink,
        content=content,
        blank=extremes[0] == extremes[1],
        saturated=saturated,
    )


def content_hash(rows: np.ndarray) -> np.ndarray:
    """64 bits of BLAKE2b of each row: among 70,000 images a chance collision has odds of 1 in 10^10."""
    return np.frombuffer(b"".join([hashlib.blake2b(row, digest_size=8).digest() for row in rows]), np.uint64)


def describe(label: np.ndarray, measured: Measured, classes: Sequence[str]) -> SplitStatistics:
    """Sum up one split."""
    counts = np.bincount(label, minlength=len(classes))
    grids = np.zeros((len(classes), PLACES * PLACES))
    for start in range(0, len(label), CHUNK):
        rows = slice(start, start + CHUNK)
        own, grid = label[rows], measured.grid[rows]
        grids += [grid[own == i].sum(axis=0, dtype=np.float64) for i in range(len(classes))]
    present = [(i, name) for i, name in enumerate(classes) if counts[i]]
    inks = {name: measured.ink[label == i] for i, name in present}
    return SplitStatistics(
        examples=len(label),
        classes={name: int(n) for name, n in zip(classes, counts, strict=True)},
        pixel=_pixels(measured.values),
        ink=_spread(measured.ink, INK_EDGES),
        ink_per_class={
            name: InkOfClass(mean=_rounded(ink.mean()), deviation=_rounded(ink.std())) for name, ink in inks.items()
        },
        row=_spread(measured.row, CENTRE_EDGES),
        column=_spread(measured.column, CENTRE_EDGES),
        place=_grid(grids.sum(axis=0) / max(len(label), 1)),
        class_means={name: _grid(grids[i] / counts[i]) for i, name in present},
    )


def _weights(height: int, width: int) -> np.ndarray:
    """The matrix [pixels, 53] whose products with images are the grid's means, the ink, and its moments."""
    row, column = np.divmod(np.arange(height * width), width)
    place = (row * PLACES // height) * PLACES + column * PLACES // width
    means = np.eye(PLACES * PLACES)[place]
    means /= means.sum(axis=0)
    return np.column_stack([means, np.ones(height * width), row, column, row**2 + column**2]).astype(np.float32)


def _pixels(counts: np.ndarray) -> Spread:
    """All pixel values of a split, exactly, from the counts of the 256 values."""
    values, seen = np.arange(256), max(int(counts.sum()), 1)
    mean = float(counts @ values) / seen
    deviation = math.sqrt(float(counts @ (values - mean) ** 2) / seen)
    return Spread(
        mean=_rounded(mean),
        deviation=_rounded(deviation),
        histogram=counts.reshape(PIXEL_BINS, -1).sum(axis=1).tolist(),
    )


def _spread(values: np.ndarray, edges: Sequence[int]) -> Spread:
    """Mean, deviation and histogram of one number per image."""
    return Spread(
        mean=_rounded(values.mean(dtype=np.float64)),
        deviation=_rounded(values.std(dtype=np.float64)),
        histogram=np.histogram(values, edges)[0].tolist(),
    )


def _grid(grid: np.ndarray) -> list[float]:
    """A mean 7×7 grid."""
    return [_rounded(value) for value in grid]


def _rounded(value: float) -> float:
    """Three decimals of a value between 0 and 255: what follows would be noise."""
    return round(float(value), 3)
