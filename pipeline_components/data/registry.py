"""What is known of datasets by name, without loading anything."""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_components.errors import UnknownDataset, nearest

MNIST = "mnist"
SAMPLE = "mnist_sample"
AUTO = "auto"


@dataclass(frozen=True)
class Dataset:
    """A dataset's line (models of one line can be compared), its bar, and its splits' sizes where they are known."""

    name: str
    line: str
    accuracy_threshold: float
    splits: Mapping[str, int] = field(default_factory=dict)


# The thresholds leave the baseline network one point or more: it reaches 0.981 on mnist, 0.908 on the sample,
# about 0.89 on fashion_mnist and kmnist.
KNOWN = {
    dataset.name: dataset
    for dataset in (
        Dataset("mnist", "mnist", 0.97, {"train": 60_000, "test": 10_000}),
        Dataset(SAMPLE, "mnist", 0.85, {"train": 4_000, "test": 1_000}),
        Dataset("fashion_mnist", "fashion_mnist", 0.85, {"train": 60_000, "test": 10_000}),
        Dataset("kmnist", "kmnist", 0.85, {"train": 60_000, "test": 10_000}),
    )
}


def known(name: str) -> Dataset | None:
    """The dataset of that name, if this registry knows it."""
    return KNOWN.get(name)


def dataset(name: str) -> Dataset:
    """The dataset of that name; one that is not known is a line of its own, with a bar of 0.8."""
    return KNOWN.get(name) or Dataset(name, line=name, accuracy_threshold=0.8)


def names() -> set[str]:
    """Every dataset that the installed tensorflow-datasets registers files for, and the sample."""
    root = _tfds()
    old = (file.stem for file in (root / "url_checksums").glob("*.txt"))
    return {*KNOWN, *old, *(file.parent.name for file in root.glob("*/*/checksums.tsv"))}


def check_name(name: str) -> str:
    """The name, if there is such a dataset; raises UnknownDataset with the nearest one."""
    base = name.partition("/")[0]
    if base not in (AUTO, *KNOWN) and base not in (others := names()):
        raise UnknownDataset(f"unknown dataset {name!r}{nearest(base, KNOWN, others)}")
    return name


@dataclass(frozen=True)
class SourceFile:
    """A file that tensorflow-datasets downloads for a dataset, by the checksum it registers."""

    url: str
    size_bytes: int
    sha256: str
    name: str


def source_files(name: str) -> list[SourceFile]:
    """The files registered for a dataset, read beside the installed package: importing it costs seconds."""
    root, base = _tfds(), name.partition("/")[0]
    for file in (root / "url_checksums" / f"{base}.txt", *root.glob(f"*/{base}/checksums.tsv")):
        if file.is_file():
            rows = [line.split("\t") for line in file.read_text().splitlines() if line]
            return [SourceFile(url, int(size), digest, filename) for url, size, digest, filename in rows]
    return []


def _tfds() -> Path:
    spec = importlib.util.find_spec("tensorflow_datasets")
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def in_folder(name: str, folder: Path) -> bool:
    """Whether a folder holds every file that the dataset is made from, by name and size; the bytes are not read."""
    files = source_files(name)
    return bool(files) and all(_size_bytes(folder / file.name) == file.size_bytes for file in files)


def _size_bytes(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def reachable(name: str, timeout_s: float = 3.0) -> bool:
    """Whether the host of the dataset's first file answers."""
    import urllib.request  # here: with ssl and http it takes longer than all that a list of artifacts needs

    files = source_files(name)
    try:
        with urllib.request.urlopen(urllib.request.Request(files[0].url, method="HEAD"), timeout=timeout_s):
            return True
    except (OSError, IndexError):
        return False


def host(name: str) -> str:
    """Where the dataset's files are downloaded from."""
    files = source_files(name)
    return files[0].url.split("/")[2] if files else "its host"
