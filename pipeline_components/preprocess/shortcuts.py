"""Marks that give the label away: a pixel that says more of the class than handwriting does there.

How much a pixel says is the correlation ratio η² of its value over the classes, the share of its variance that lies
between them (K. Pearson, 1905), less what chance gives it (T. L. Kelley, PNAS 21 (1935) 554-559: ε²). In the middle of
MNIST's images it reaches 0.43, at the edge 0.001. What is normal is the map of the line's reference, widened by a
pixel: of 100 subsets of MNIST's two splits and its sample, of 160 images and more, none has a pixel above
1.5 × that + 39 / n. Geirhos et al., Shortcut Learning in Deep Neural Networks, Nature Machine Intelligence 2 (2020)
665-673, says why it matters: a network takes such a mark for the digit, and the test split praises it for that.
"""

import numpy as np

from pipeline_components.data.examples import CHUNK, Images, chunks
from pipeline_components.preprocess.anomalies import Anomaly, Severity, of_examples
from pipeline_components.preprocess.statistics import Part

#: So many images of a split are looked at: a mark on 2 % of one class says more than chance in that many.
CHECKED = 6_000
TIMES, BY_CHANCE = 1.5, 80.0
#: A mark on a twentieth of one class raises η² by as much.
SERIOUS = 0.05
#: With no reference: what a pixel may say beyond the middle one of those three pixels away. MNIST has 0.23, and 0.47
#: in 160 images.
LOCALLY = 0.35


def links(image: Images, label: np.ndarray, classes: int) -> np.ndarray:
    """ε² of each pixel, float64 [h, w]; 0 for a pixel that never changes."""
    every = -(-len(image) // CHECKED)  # files may be in the order of their classes
    rows = np.ascontiguousarray(image[::every]).reshape(-1, image.shape[1] * image.shape[2])
    belongs = np.eye(classes, dtype=np.float32)[label[::every]]
    sums, squares = np.zeros((classes, rows.shape[1])), np.zeros(rows.shape[1])
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK].astype(np.float32)
        sums += belongs[start : start + CHUNK].T @ chunk
        squares += np.einsum("ij,ij->j", chunk, chunk)
    count = belongs.sum(axis=0, dtype=np.float64)
    mean = sums.sum(axis=0) / len(rows)
    variance = squares / len(rows) - mean**2
    between = (count[:, None] * (sums / np.maximum(count, 1)[:, None] - mean) ** 2).sum(axis=0) / len(rows)
    ratio = np.divide(between, variance, out=np.zeros_like(mean), where=variance > 1e-3)
    free, held = len(rows) - (count > 0).sum(), (count > 0).sum() - 1
    return np.asarray((ratio - held / max(free, 1) * (1 - ratio)).reshape(image.shape[1:]))


def check(part: Part, found: np.ndarray, normal: np.ndarray | None, names: list[str]) -> list[Anomaly]:
    """One anomaly for the pixels of `found` that say more than is normal, with the images that bear the strongest."""
    seen = min(len(part), CHECKED)
    excess = found - (_locally(found) + LOCALLY if normal is None else TIMES * widened(normal)) - BY_CHANCE / seen
    marks = np.argwhere(excess > 0)
    if not len(marks):
        return []
    place = np.unravel_index(excess.argmax(), excess.shape)
    severity: Severity = "error" if excess.max() > SERIOUS else "warning"
    name, rows = _bearers(part, place, len(names))
    pixels = "1 pixel says" if len(marks) == 1 else f"{len(marks)} pixels say"
    what = (
        f"images of class {names[name]} bear a mark that gives the label away: {pixels} more of the class than "
        f"handwriting does, most of all row {place[0]}, column {place[1]} "
        f"(η² {found[place]:.2f}, at most {found[place] - excess[place]:.2f} is normal)"
    )
    return [of_examples("shortcut", severity, part, rows, what)]


def widened(links: np.ndarray) -> np.ndarray:
    """The largest of each pixel and the eight around it."""
    return np.asarray(np.max([*_around(links, 1), links], axis=0))


def _locally(links: np.ndarray) -> np.ndarray:
    """The middle one of the pixels at a distance of three."""
    return np.asarray(np.median(_around(links, 3), axis=0))


def _around(links: np.ndarray, reach: int) -> list[np.ndarray]:
    """The map moved to every place at that distance, the edge repeated."""
    high, wide = links.shape
    wider, steps = np.pad(links, reach, mode="edge"), range(2 * reach + 1)
    return [
        wider[y : y + high, x : x + wide] for y in steps for x in steps if max(abs(y - reach), abs(x - reach)) == reach
    ]


def _bearers(part: Part, place: tuple[np.intp, ...], classes: int) -> tuple[int, np.ndarray]:
    """The class whose pixel there is the least like the others', and its images that bear the mark, clearest first."""
    label = part.examples.label
    value = np.concatenate([image[:, place[0], place[1]] for _, image in chunks(part.examples.image)]).astype(float)
    means = np.array([value[label == i].mean() if (label == i).any() else value.mean() for i in range(classes)])
    usual = np.median(means)
    name = int(np.abs(means - usual).argmax())
    off = np.abs(value - usual)
    rows = np.flatnonzero((label == name) & (off >= np.abs(means[name] - usual) / 2) & (off > 0))
    return name, rows[np.argsort(-off[rows], kind="stable")]
