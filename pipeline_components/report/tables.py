"""The report's numbers as tables of pandas: made from findings, and laid out by the page."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline_components.data.blessing import outcome
from pipeline_components.report.reading import Answers, Findings, Json
from pipeline_components.stats.wilson import wilson

QUALITY = {
    "blank": "blank",
    "saturated": "saturated",
    "duplicates": "duplicates",
    "conflicting": "same image, other label",
    "checked": "labels checked",
    "suspect_labels": "labels unlike their neighbours",
    "odd_images": "unlike their class, of which 1 % is normal",
}


def per_class(findings: Findings) -> pd.DataFrame:
    """The evaluation's row for each class, indexed by the class's name."""
    return pd.DataFrame(findings.metrics["per_class"]).set_index("class")


def confusion(model: Answers, classes: Sequence[str]) -> pd.DataFrame:
    """Counts int64 [classes, classes]: label by row, answer by column."""
    n = len(classes)
    cells = np.bincount(model.label.astype(np.int64) * n + model.digit, minlength=n * n)
    return pd.DataFrame(cells.reshape(n, n), index=list(classes), columns=list(classes))


def confusions(counts: pd.DataFrame) -> pd.DataFrame:
    """Which class is read as which other, most frequent first."""
    values, names = counts.to_numpy(), list(counts.index)
    support = values.sum(axis=1)
    rows = [
        {"class": names[i], "read as": names[j], "count": int(values[i, j]), "support": int(support[i])}
        for i, j in zip(*np.nonzero(values), strict=True)
        if i != j
    ]
    found = pd.DataFrame(rows, columns=["class", "read as", "count", "support"])
    found["share"] = found["count"] / found["support"].clip(lower=1)
    return found.sort_values("count", ascending=False, kind="stable", ignore_index=True)


def calibration(metrics: Json) -> pd.DataFrame:
    """The evaluation's bins of confidence that hold any answer, each with the interval of its accuracy."""
    bins = [found for found in (metrics.get("calibration") or {}).get("bins", []) if found["count"]]
    table = pd.DataFrame(bins, columns=["low", "high", "count", "confidence", "accuracy"])
    table["middle"] = (table["low"] + table["high"]) / 2
    each = [wilson(round(b["accuracy"] * b["count"]), b["count"], metrics["confidence"]) for b in bins]
    table[["low", "high"]] = np.array(each).reshape(-1, 2)
    return table


def distances(statistics: Json, kind: str) -> Json | None:
    """`drift`, `reference_drift` or `skew`: what was held against what, and one row per feature with each split's
    distance."""
    found = statistics.get(kind) or {}
    splits: dict[str, list[Json]] = found.get("splits") or {}
    if not splits:
        return None
    features = [row["feature"] for row in next(iter(splits.values()))]
    rows = [{"feature": name, "cells": [rows[i] for rows in splits.values()]} for i, name in enumerate(features)]
    return {"against": found.get("against"), "splits": list(splits), "rows": rows}


def quality(statistics: Json) -> pd.DataFrame:
    """What each split looks like and how much of it is odd: one row per quantity, one column per split."""
    columns: dict[str, Json] = {}
    for split, found in statistics.get("splits", {}).items():
        odd = statistics.get("quality", {}).get(split, {})
        values = {said: odd[name] for name, said in QUALITY.items() if name in odd}
        if "pixel" in found:
            values = {"mean pixel": found["pixel"]["mean"], "deviation": found["pixel"]["deviation"]} | values
        columns[split] = values | {"also in train": statistics.get("leakage", {}).get(split)}
    table = pd.DataFrame(columns, dtype=object)
    return table.where(table.notna(), None)


def slices(metrics: Json) -> list[Json]:
    """The slices that are no classes, for classes have their own table."""
    return [part for part in metrics.get("slices", []) if not part["slice"].startswith("class_")]


def past_runs(history: Sequence[Any], findings: Findings) -> pd.DataFrame:
    """Earlier evaluations of this line, oldest first, and this one at the end."""
    columns = ["evaluation", "model", "made_at", "elapsed_s", "accuracy", "accuracy_low", "accuracy_high", "verdict"]
    manifests = findings.manifests
    made = manifests.get("evaluate", {}).get("made", {})
    own = {name: findings.metrics.get(name) for name in columns}
    own["made_at"], own["elapsed_s"] = made.get("at"), made.get("elapsed_s")
    own["evaluation"] = manifests.get("evaluate", {}).get("id", "this run")
    own["model"] = manifests.get("train", {}).get("id")
    own["verdict"] = outcome(findings.blessing)
    earlier = [dict(run) for run in history if run["evaluation"] != own["evaluation"]]
    return pd.DataFrame([*earlier, own], columns=columns)


def against_champion(findings: Findings) -> Json | None:
    """The evaluation's comparison with the champion, and from the predictions what both do alike; None without one."""
    champion: Json | None = findings.metrics.get("champion")
    if champion is None or findings.champion is None:
        return champion
    now, then = findings.model.right, findings.champion.right
    both = {"both_right": int((now & then).sum()), "both_wrong": int((~now & ~then).sum())}
    return {**champion, **both, "difference": _difference(findings.metrics, champion)}


def _difference(metrics: Json, champion: Json) -> float:
    """In accuracy, over the examples that neither learnt from; older evaluations compared all."""
    if champion.get("examples"):
        return float((champion["newly_right"] - champion["newly_wrong"]) / champion["examples"])
    return float(metrics["accuracy"] - champion["accuracy"])
