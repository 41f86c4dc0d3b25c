"""The report's numbers as tables of pandas: made from findings, and laid out by the page."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline_components.reporting.reading import Findings, Json, Predictions


def per_class(findings: Findings) -> pd.DataFrame:
    """The evaluation's row for each class, indexed by the class's name."""
    return pd.DataFrame(findings.metrics["per_class"]).set_index("class")


def confusion(model: Predictions, classes: Sequence[str]) -> pd.DataFrame:
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


def calibration(model: Predictions, bins: int = 15) -> pd.DataFrame:
    """Accuracy, mean confidence and a 95 % Wilson interval in each of 15 equal bins of confidence that is not empty.

    Fifteen, as in Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    confidence = model.probabilities.max(axis=1).astype(np.float64)
    at = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1).astype(int)
    count = np.bincount(at, minlength=bins)
    right = np.bincount(at, weights=model.right, minlength=bins)
    total = np.bincount(at, weights=confidence, minlength=bins)
    full = count > 0
    n, share = count[full], right[full] / count[full]
    centre, z = (share + 1.96**2 / (2 * n)) / (1 + 1.96**2 / n), 1.96
    reach = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    middle = (np.arange(bins)[full] + 0.5) / bins
    columns = {"middle": middle, "count": n, "confidence": total[full] / n, "accuracy": share}
    return pd.DataFrame({**columns, "low": centre - reach, "high": centre + reach})


def calibration_error(metrics: Json) -> float | None:
    """The evaluation's expected calibration error, if it has one."""
    found = metrics.get("calibration") or {}
    return next((float(found[name]) for name in ("expected_calibration_error", "ece", "error") if name in found), None)


def past_runs(history: Sequence[Any], findings: Findings) -> pd.DataFrame:
    """Earlier evaluations of this line, oldest first, and this one at the end."""
    columns = ["evaluation", "model", "made_at", "elapsed_s", "accuracy", "accuracy_low", "accuracy_high", "verdict"]
    own = {name: findings.metrics.get(name) for name in columns}
    manifests = findings.manifests
    own["evaluation"] = manifests.get("evaluate", {}).get("id", "this run")
    own["model"] = manifests.get("train", {}).get("id")
    own["verdict"] = "forced" if findings.blessing.get("forced") else findings.blessing.get("verdict")
    earlier = [dict(run) for run in history if run["evaluation"] != own["evaluation"]]
    return pd.DataFrame([*earlier, own], columns=columns)


def against_champion(findings: Findings) -> Json | None:
    """How the paired answers of this model and the champion differ, counted from the predictions; None without one."""
    if findings.champion is None:
        return None
    model, champion = findings.model.right, findings.champion.right
    return {
        "accuracy": float(champion.mean()),
        "difference": float(model.mean() - champion.mean()),
        "newly_right": int((model & ~champion).sum()),
        "newly_wrong": int((~model & champion).sum()),
        "both_wrong": int((~model & ~champion).sum()),
    }
