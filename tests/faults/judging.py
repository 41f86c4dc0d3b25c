"""The real preprocess over clean and damaged data, and what it said of it."""

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_components.errors import BadData
from tests.faults import source
from tests.faults.catalogue import Fault, faults
from tests.faults.gate import Champion, preprocessed
from tests.faults.source import Splits

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
KINDS = ("subset", "other split", "bootstrap")
#: Seeds of the resamples that thresholds were set on, even; and of those that no threshold was set by, odd.
SET_ON, JUDGED_ON = (0, 2), (101, 103)
SIZES = {"mnist": (200, 400, 1000, 2500, 6000, 12_000), "mnist_sample": (200, 300, 500, 1000, 2500, 5000)}


@dataclass(frozen=True)
class Judged:
    """One dataset: what was done to it, how strongly, and what preprocess made of that.

    Of data that it let through, `verdict` is what the gate said of a model that learnt from it, and `lost` the points
    of accuracy that this model is below one that learnt without the fault.
    """

    dataset: str
    kind: str
    strength: str
    outcome: str
    anomalies: tuple[str, ...]
    message: str = ""
    verdict: str = ""
    lost: float = 0.0

    def as_json(self) -> str:
        """One line of a file of results."""
        return json.dumps(asdict(self))


def judge(
    dataset: str, splits: Splits, baseline: Path | None = None, champion: Champion | None = None
) -> dict[str, Any]:
    """`found` (an error stopped it), `warned` or `missed` (nothing was said); the anomalies, what was said, and, with a
    champion, the gate's verdict on what came of it."""
    with tempfile.TemporaryDirectory(prefix="digits-faults-", dir=IN_MEMORY) as folder:
        try:
            out = preprocessed(dataset, splits, Path(folder), baseline)
        except BadData as error:
            return {"outcome": "found", "anomalies": (), "message": str(error)}
        said = json.loads((out / "anomalies.json").read_text())["anomalies"]
        verdict, lost = champion.verdict(out, Path(folder)) if champion else ("", 0.0)
    names = tuple(dict.fromkeys(each["anomaly"] for each in said))
    message = "; ".join(each["message"] for each in said)
    outcome = "warned" if said else "missed"
    return {"outcome": outcome, "anomalies": names, "message": message, "verdict": verdict, "lost": lost}


def damaged(dataset: str, fault: Fault, seed: int = 0, champion: Champion | None = None) -> Judged:
    """A fault in a part of a dataset."""
    splits, rng = source.part(dataset, seed), np.random.default_rng([2026, seed])  # a seed of its own: 0 parts train
    fault.damage(splits, rng)
    return Judged(dataset, fault.kind, fault.strength, **judge(dataset, splits, champion=champion))


def clean(dataset: str, kind: str, size: int, seed: int, served: Path | None = None) -> Judged:
    """A clean resample, whose outcome should be `missed`, held against other data where that is served."""
    splits = source.resample(dataset, kind, size, seed)
    return Judged(dataset, f"clean {kind}", f"{size:,} #{seed}", **judge(dataset, splits, served))


def served(folder: Path, datasets: list[str]) -> dict[str, Champion]:
    """A champion of each dataset."""
    return {dataset: Champion.of(dataset, folder / dataset) for dataset in datasets}


def cases(datasets: list[str]) -> list[tuple[str, Fault]]:
    """Every fault in every dataset."""
    return [(dataset, fault) for fault in faults() for dataset in datasets]


def resamples(datasets: list[str]) -> list[tuple[str, str, int, int]]:
    """Dataset, kind, size and seed of every clean resample."""
    return [
        (dataset, kind, size, seed)
        for dataset in datasets
        for kind in KINDS
        for size in SIZES[dataset]
        for seed in (*SET_ON, *JUDGED_ON)
    ]
