"""Clean data to put faults into: MNIST and its sample, and resamples of both."""

import functools
import gzip
import os
from pathlib import Path

import numpy as np

Split = tuple[np.ndarray, np.ndarray]
Splits = dict[str, Split]

#: So many images a pool gives at most: a whole MNIST takes ten times as long to write as to check.
PART = {"mnist": (8_000, 2_000), "mnist_sample": (4_000, 1_000)}


def available() -> list[str]:
    """The datasets that this machine has."""
    folder = os.environ.get("DIGITS_MANUAL_DIR", "")
    return ["mnist_sample", *(["mnist"] if folder and (Path(folder) / "t10k-labels-idx1-ubyte.gz").is_file() else [])]


@functools.cache
def whole(dataset: str) -> Splits:
    """All images of both splits."""
    if dataset == "mnist":
        folder = Path(os.environ["DIGITS_MANUAL_DIR"])
        return {"train": _idx(folder, "train"), "test": _idx(folder, "t10k")}
    from pipeline_components.ingest.mnist_sample import _read

    image, label = _read()
    train = np.concatenate([np.arange((label == digit).sum()) for digit in range(10)]) < 400
    image = image.reshape(-1, 28, 28)
    return {"train": (image[train], label[train]), "test": (image[~train], label[~train])}


def _idx(folder: Path, stem: str) -> Split:
    image, label = (gzip.decompress((folder / f"{stem}-{kind}-ubyte.gz").read_bytes())
                    for kind in ("images-idx3", "labels-idx1"))  # fmt: skip
    return np.frombuffer(image, np.uint8, offset=16).reshape(-1, 28, 28), np.frombuffer(label, np.uint8, offset=8)


def part(dataset: str, seed: int = 0) -> Splits:
    """A part of each split as large as faults are put into, to be changed."""
    rng = np.random.default_rng(seed)
    return {
        name: _of(split, rng.permutation(len(split[1]))[:size])
        for (name, split), size in zip(whole(dataset).items(), PART[dataset], strict=True)
    }


def resample(dataset: str, kind: str, size: int, seed: int) -> Splits:
    """Clean data of `size` images, four of five to train on: drawn from each split (`subset`), from both together
    (`other split`), or with repetition, and each image kept once (`bootstrap`)."""
    rng, splits = np.random.default_rng([seed, size]), whole(dataset)
    train, test = size * 4 // 5, size - size * 4 // 5
    if kind == "other split":
        image, label = (np.concatenate(column) for column in zip(*splits.values(), strict=True))
        while True:
            rows = rng.permutation(len(label))
            test_rows = rows[train : train + test]
            if len(np.unique(label[test_rows])) == 10:  # as below
                return {"train": _of((image, label), rows[:train]), "test": _of((image, label), test_rows)}
    return {name: _drawn(rng, splits[name], n, kind) for name, n in (("train", train), ("test", test))}


def _drawn(rng: np.random.Generator, split: Split, size: int, kind: str) -> Split:
    """Drawn anew where a class is missing, which is no clean data."""
    of = len(split[1])
    while True:
        rows = np.unique(rng.integers(0, of, size)) if kind == "bootstrap" else np.arange(of)
        drawn = _of(split, rng.permutation(rows)[:size])
        if len(np.unique(drawn[1])) == 10:
            return drawn


def _of(split: Split, rows: np.ndarray) -> Split:
    return split[0][rows].copy(), split[1][rows].copy()
