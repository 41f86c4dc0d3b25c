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


class Distance(TypedDict):
    """How far one feature's distribution is from that of before, and where that becomes a warning or an error."""

    feature: str
    distance: float
    warning: float
    error: float


def distances(now: SplitStatistics, then: SplitStatistics) -> list[Distance]:
    """Every feature's Jensen-Shannon distance."""
    size, before = now["examples"], then["examples"]
    return [
        _distance("class shares", list(now["classes"].values()), list(then["classes"].values()), (size, before)),
        _distance("ink", now["ink"]["histogram"], then["ink"]["histogram"], (size, before)),
        _distance("row of centre", now["row"]["histogram"], then["row"]["histogram"], (size, before)),
        _distance("column of centre", now["column"]["histogram"], then["column"]["histogram"], (size, before)),
        _distance("pixel values", now["pixel"]["histogram"], then["pixel"]["histogram"]),
        _distance("place of ink", now["place"], then["place"]),
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
    known = [i for i, name in enumerate(classes) if name in now["class_means"] and name in then["class_means"]]
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


def _distance(
    feature: str, now: Sequence[float], then: Sequence[float], sizes: tuple[int, int] | None = None
) -> Distance:
    """One feature's distance; where an image counts once, chance is added to what is allowed."""
    by_chance = chance(len(now), *sizes) if sizes else 0.0
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
