"""Drift and skew checks and their thresholds: each split against a baseline, and against `train`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

import numpy as np

from pipeline_components.preprocess.anomalies import LOCATED, Anomaly, Severity, located, of_examples
from pipeline_components.preprocess.statistics import Measured, Part, SplitStatistics
from pipeline_components.stats.jensen_shannon import chance, jensen_shannon

#: Jensen-Shannon distances, on top of what chance gives two samples of these sizes. Measured: MNIST against its
#: sample, train against test, and random subsets of 200 stay below 0.09; shifted by 1 pixel 0.7, by 4 pixels 1.0;
#: inverted 1.0; transposed 0.3; half as bright 0.7; 1.3 times as bright 0.12.
WARNING, ERROR = 0.12, 0.25
#: A class whose mean image is this many times nearer to another class's mean image means something else now.
NEARER = 1.5
#: A class of fewer images has no mean image to speak of: 4 clean eights can be nearer to the fives.
FEWEST = 20
#: What is rare and yet chance, as a multiple of what is to be expected of it: with 16 images ten class shares were as
#: far as 1.1 times that beyond the warning, and χ² of 9 degrees of freedom exceeds 1.76 times once in a thousand.
RARE = 1.25
#: What chance adds to the place of ink, times the root of 1 / n + 1 / m: of 300 pairs of samples the farthest were at
#: 0.79 times that with 16 images, 0.80 with 400 and 0.9 with 1,600.
PLACE_BY_CHANCE = 0.6


class Distance(TypedDict):
    """How far one feature's distribution is from that of before, and where that becomes a warning or an error."""

    feature: str
    distance: float
    warning: float
    error: float


def distances(now: SplitStatistics, then: SplitStatistics) -> list[Distance]:
    """Every feature's Jensen-Shannon distance."""
    size, before = now["examples"], then["examples"]
    counted = (
        ("class shares", list(now["classes"].values()), list(then["classes"].values())),
        ("ink", now["ink"]["histogram"], then["ink"]["histogram"]),
        ("row of centre", now["row"]["histogram"], then["row"]["histogram"]),
        ("column of centre", now["column"]["histogram"], then["column"]["histogram"]),
    )
    place_by_chance = PLACE_BY_CHANCE * (1 / max(size, 1) + 1 / max(before, 1)) ** 0.5
    return [
        *(_distance(feature, left, right, RARE * chance(len(left), size, before)) for feature, left, right in counted),
        _distance("pixel values", now["pixel"]["histogram"], then["pixel"]["histogram"], 0.0),
        _distance("place of ink", now["place"], then["place"], place_by_chance),
    ]


def check(name: str, part: Part, then: SplitStatistics, against: str) -> tuple[list[Distance], list[Anomaly]]:
    """The distances, and one anomaly that says which features are too far and how they moved."""
    now = part.statistics
    found = distances(now, then)
    far = [d for d in found if d["distance"] > d["warning"]]
    if not far:
        return found, []
    severity: Severity = "error" if any(d["distance"] > d["error"] for d in far) else "warning"
    features = ", ".join(f"{d['feature']} {d['distance']:.2f} (limit {d['error']:.2f})" for d in far)
    ids = part.ids(strangest(part.measured, then)[:LOCATED])
    message = located(part.split, len(part), f"images unlike {against}, the strangest", ids)
    message += f": Jensen-Shannon distance of {features}{_moved(now, then)}"
    return found, [Anomaly(name, severity, part.split, len(part), tuple(ids), message)]


def strangest(measured: Measured, then: SplitStatistics) -> np.ndarray:
    """Positions, the strangest first: by how many deviations of before the ink or the centre is off."""
    off = np.zeros(len(measured.ink))
    for values, before in ((measured.ink, then["ink"]), (measured.row, then["row"]), (measured.column, then["column"])):
        off = np.maximum(off, np.abs(values - before["mean"]) / max(before["deviation"], 0.1))
    return np.argsort(-off, kind="stable")


def relabelled(part: Part, then: SplitStatistics, classes: Sequence[str], against: str) -> list[Anomaly]:
    """Classes that look like another class of before: every label may follow its image, and mean something else."""
    now = part.statistics
    known = [i for i, name in enumerate(classes) if min(now["classes"][name], then["classes"][name]) >= FEWEST]
    if len(known) < 2:
        return []
    mine, theirs = (np.array([side["class_means"][classes[i]] for i in known]) for side in (now, then))
    apart = np.linalg.norm(mine[:, None] - theirs[None], axis=2)
    nearest, own = apart.argmin(axis=1), np.diag(apart)
    changed = np.flatnonzero(own > NEARER * apart.min(axis=1))
    if not len(changed):
        return []
    rows = np.flatnonzero(np.isin(part.examples.label, np.array(known)[changed]))
    looks = ", ".join(f"{classes[known[i]]} like {classes[known[nearest[i]]]}" for i in changed)
    what = f"examples of {len(changed)} classes look like another class of {against}"
    found = of_examples("labels_shifted", "error", part, rows, what)
    return [replace(found, message=f"{found.message}: {looks}")]


def _distance(feature: str, now: Sequence[float], then: Sequence[float], by_chance: float) -> Distance:
    """One feature's distance; what chance makes of samples of these sizes is added to what is allowed."""
    return Distance(
        feature=feature,
        distance=round(jensen_shannon(now, then), 4),
        warning=round(WARNING + by_chance, 4),
        error=round(ERROR + by_chance, 4),
    )


def _moved(now: SplitStatistics, then: SplitStatistics) -> str:
    """How the images moved, in words, where a few numbers say it."""
    ink, before = now["ink"]["mean"], then["ink"]["mean"]
    if abs(ink - (255 - before)) < abs(ink - before) / 4:
        return f"; inverted? mean ink {ink:.0f}, was {before:.0f}"
    moves = [f"{axis} {now[axis]['mean'] - then[axis]['mean']:+.1f}" for axis in ("row", "column")]
    return f"; mean ink {ink:.0f}, was {before:.0f}; centre moved by {', '.join(moves)}"
