"""The real preprocess over clean and damaged data, and what it said of it."""

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pipeline_components.errors import BadData
from pipeline_components.preprocess import PreprocessConfig, preprocess
from tests.faults import source
from tests.faults.catalogue import Fault, faults
from tests.faults.source import Splits
from tests.kits.tfds import write_folder

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
KINDS = ("subset", "other split", "bootstrap")
#: Seeds of the resamples that thresholds were set on, even; and of those that no threshold was set by, odd.
SET_ON, JUDGED_ON = (0, 2), (101, 103)
SIZES = {"mnist": (200, 400, 1000, 2500, 6000, 12_000), "mnist_sample": (200, 300, 500, 1000, 2500, 5000)}


@dataclass(frozen=True)
class Judged:
    """One dataset: what was done to it, how strongly, and what preprocess made of that."""

    dataset: str
    kind: str
    strength: str
    outcome: str
    anomalies: tuple[str, ...]
    message: str = ""

    def as_json(self) -> str:
        """One line of a file of results."""
        return json.dumps(asdict(self))


def judge(dataset: str, splits: Splits, baseline: Path | None = None) -> tuple[str, tuple[str, ...], str]:
    """`found` (an error stopped it), `warned` or `missed` (nothing was said); the anomalies, and what was said."""
    schema = {"dataset": dataset, "classes": list("0123456789")}
    with tempfile.TemporaryDirectory(prefix="digits-faults-", dir=IN_MEMORY) as folder:
        root = write_folder(Path(folder) / "ingest", splits, name=dataset)
        out = Path(folder) / "out"
        out.mkdir()
        try:
            preprocess(root, baseline, out=out, config=PreprocessConfig(data_schema=schema))
        except BadData as error:
            return "found", (), str(error)
        said = json.loads((out / "anomalies.json").read_text())["anomalies"]
    names = tuple(dict.fromkeys(each["anomaly"] for each in said))
    return ("warned" if said else "missed"), names, "; ".join(each["message"] for each in said)


def damaged(dataset: str, fault: Fault, seed: int = 0) -> Judged:
    """A fault in a part of a dataset."""
    splits, rng = source.part(dataset, seed), np.random.default_rng([2026, seed])  # a seed of its own: 0 parts train
    fault.damage(splits, rng)
    return Judged(dataset, fault.kind, fault.strength, *judge(dataset, splits))


def clean(dataset: str, kind: str, size: int, seed: int, served: Path | None = None) -> Judged:
    """A clean resample, whose outcome should be `missed`, held against other data where that is served."""
    splits = source.resample(dataset, kind, size, seed)
    return Judged(dataset, f"clean {kind}", f"{size:,} #{seed}", *judge(dataset, splits, served))


def served(folder: Path, datasets: list[str]) -> Path:
    """A folder with the preprocess artifact of a part of each dataset, as if a model of it were served."""
    for dataset in datasets:
        root = write_folder(folder / "ingest" / dataset, source.part(dataset, seed=1), name=dataset)
        (folder / dataset).mkdir()
        schema = {"dataset": dataset, "classes": list("0123456789")}
        preprocess(root, out=folder / dataset, config=PreprocessConfig(data_schema=schema))
    return folder


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
