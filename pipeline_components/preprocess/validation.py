"""Runs all checks of the data and gives what statistics.json, anomalies.json and reference.json hold."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline_components.data.examples import Examples
from pipeline_components.data.schema import DataSchema
from pipeline_components.preprocess import drift, labels, near_duplicates, odd_images, quality, shortcuts
from pipeline_components.preprocess.anomalies import Anomaly, accepted
from pipeline_components.preprocess.baseline import Baseline
from pipeline_components.preprocess.config import PreprocessConfig
from pipeline_components.preprocess.fixed_reference import FixedReference, described
from pipeline_components.preprocess.labels import Expected
from pipeline_components.preprocess.neighbours import LabelEvidence, Pool
from pipeline_components.preprocess.statistics import Part, SplitStatistics, measured_part

HELD_OUT = ("validation", "test")


@dataclass(frozen=True)
class Findings:
    """The content of statistics.json, the anomalies, and the reference that this data carries on."""

    statistics: dict[str, Any]
    anomalies: list[Anomaly]
    reference: FixedReference


@dataclass
class Validation:
    """One dataset under examination: its splits measured, what they are held against, and what was found so far."""

    parts: dict[str, Part]
    schema: DataSchema
    served: Baseline | None
    reference: FixedReference | None
    config: PreprocessConfig
    statistics: dict[str, Any] = field(default_factory=dict)
    anomalies: list[Anomaly] = field(default_factory=list)

    def check_quality(self) -> None:
        """Blank, saturated and repeated images in each split, and images of `train` in the others."""
        self.statistics["quality"] = {}
        for name, part in self.parts.items():
            self.statistics["quality"][name], found = quality.check_split(part, self.config.anomaly_tolerance)
            self.anomalies += found
        train, tolerance = self.parts["train"], self.config.leakage_tolerance
        held_out = [self.parts[name] for name in HELD_OUT]
        twins = near_duplicates.check(train, held_out, len(self.schema.classes), tolerance)
        self.statistics["leakage"], self.statistics["near_duplicates"] = {}, {}
        for name, (share, near) in zip(HELD_OUT, twins, strict=True):
            self.statistics["leakage"][name], leaks = quality.check_leakage(self.parts[name], train, tolerance)
            self.statistics["near_duplicates"][name] = round(share, 4)
            self.anomalies += leaks + near

    def check_labels(self) -> np.ndarray:
        """Labels against the neighbours in `train`, which is held against the reference, and the others against it;
        returns the share of each class of `train` whose nearest has another label."""
        names, train = self.schema.classes, self.parts["train"]
        pool = Pool.of(train.measured.grid, train.examples.label)
        evidence = pool.evidence()
        known = self.reference.disagreement if self.reference else None
        expected = Expected.unknown(len(names)) if known is None else Expected.known(known, evidence.pool)
        self._check_labels(train, evidence, expected)
        for name in HELD_OUT:
            part = self.parts[name]
            held_out = pool.evidence_of(part.measured.grid, part.examples.label)
            self._check_labels(part, held_out, Expected.observed(evidence, len(names)))
        differing, checked = evidence.counts(len(names))
        return np.asarray(differing / np.maximum(checked, 1))

    def _check_labels(self, part: Part, evidence: LabelEvidence, expected: Expected) -> None:
        names = self.schema.classes
        self.anomalies += labels.check(part, evidence, expected, names, self.config.anomaly_tolerance)
        checked = len(evidence.checked)
        self.statistics["quality"][part.split] |= {
            "checked": checked,
            "suspect_labels": len(evidence.suspect),
            "disagreement": round(float((evidence.nearest != evidence.label).sum()) / max(checked, 1), 4),
        }

    def check_shortcuts(self) -> np.ndarray:
        """Marks that give the label away; returns what each pixel of `train` says of it."""
        classes, normal = self.schema.classes, self.reference.links if self.reference else None
        found = {
            name: shortcuts.links(part.examples.image, part.examples.label, len(classes))
            for name, part in self.parts.items()
            if name != "validation"  # which is a part of train
        }
        for name, links in found.items():
            self.anomalies += shortcuts.check(self.parts[name], links, normal, classes)
        return found["train"]

    def check_looks(self) -> None:
        """Images that do not look like their class, where the reference says how it looks."""
        if self.reference is None or self.reference.appearance is None:
            return
        for name, part in self.parts.items():
            distance = self.reference.appearance.distance(part.measured, part.examples.label)
            odd, found = odd_images.check(part, distance, self.schema.classes, self.config.anomaly_tolerance)
            self.statistics["quality"][name]["odd_images"] = odd.beyond
            self.anomalies += found

    def compare(self, kind: str, then: dict[str, SplitStatistics], against: str | None) -> None:
        """Splits that do not look like others: `drift` from before, `skew` from the training split."""
        distances = {}
        for name, statistics in then.items():
            part, classes = self.parts[name], list(statistics["classes"])
            distances[name], found = drift.check(kind.removeprefix("reference_"), part, statistics, against or "")
            self.anomalies += found + drift.relabelled(part, statistics, classes, against or "")
        self.statistics[kind] = {"against": against, "splits": distances}


def validate(
    splits: dict[str, Examples],
    schema: DataSchema,
    served: Baseline | None,
    reference: FixedReference | None,
    config: PreprocessConfig,
) -> Findings:
    """Measure every image once; look for what is wrong in each split, between them, and against what was before."""
    parts = {name: measured_part(name, examples, schema.classes) for name, examples in splits.items()}
    usable = served if served and served.fits(schema) else None
    found = Validation(parts, schema, usable, reference, config)
    found.statistics["splits"] = {name: part.statistics for name, part in parts.items()}
    if served and not usable:
        found.anomalies.append(_incomparable(served, schema))
    before = reference.baseline if reference else None
    for kind, each in (("drift", usable), ("reference_drift", before)):
        found.compare(kind, each.splits if each else {}, each.name if each else None)
    if any(anomaly.severity == "error" for anomaly in found.anomalies):
        found.reference = None  # of data that changed it does not say what is normal
    found.check_quality()
    disagreement = found.check_labels()
    links = found.check_shortcuts()
    found.check_looks()
    trained = parts["train"].statistics
    found.compare("skew", dict.fromkeys(HELD_OUT, trained), "the training split")
    anomalies = accepted(found.anomalies, config.accept_drift)
    if reference is None:
        reference = described("the first data of its line", schema, parts, disagreement, links)
    elif anomalies != found.anomalies:
        reference = described("the data whose drift was accepted", schema, parts, disagreement, links)
    return Findings(found.statistics, anomalies, reference)


def _incomparable(served: Baseline, schema: DataSchema) -> Anomaly:
    """A baseline of other classes or another line says nothing of drift: the gate will ask whether a line starts."""
    message = f"{served.name} has other classes or is of another line than {schema.dataset}: drift is not checked"
    return Anomaly("baseline_incomparable", "warning", None, 1, (), message)
