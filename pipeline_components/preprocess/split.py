"""The split of the training examples into those to fit on and those to watch the fit with."""

import numpy as np
import pyarrow as pa

from pipeline_components.data.examples import Examples
from pipeline_components.data.tfds_folder import Records, TfdsFolder
from pipeline_components.errors import BadConfig
from pipeline_components.preprocess.config import PreprocessConfig


def split(folder: TfdsFolder, config: PreprocessConfig) -> dict[str, Examples]:
    """The training split parted into train and validation, and the test split as it is."""
    source = _examples(folder.splits["train"])
    train, validation = stratified(source.label, config.validation_fraction, config.split_seed)
    if not len(validation):
        share = f"{config.validation_fraction:g} of {len(source):,} examples"
        raise BadConfig(f"validation_fraction: {share} is none: hold out a larger share")
    return {
        "train": source.take(train),
        "validation": source.take(validation),
        "test": _examples(folder.splits["test"]),
    }


def _examples(records: Records) -> Examples:
    """Checked records as examples."""
    ids = pa.array(records.ids(np.arange(len(records))), pa.string())
    return Examples(records.image, records.label.astype(np.uint8), ids)


def stratified(label: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions to train on and positions held out, each ascending.

    Of n examples round(fraction · n) are held out, shared over the classes by largest remainder. The same labels,
    fraction and seed give the same split.
    """
    order = np.random.default_rng(seed).permutation(len(label))
    held_out = np.zeros(len(label), bool)
    values, counts = np.unique(label, return_counts=True)
    for value, quota in zip(values, _quotas(counts, fraction), strict=True):
        held_out[order[label[order] == value][:quota]] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def _quotas(counts: np.ndarray, fraction: float) -> np.ndarray:
    """How many of each class are held out: whole numbers that sum to the rounded share of all."""
    exact = counts * fraction
    quotas = np.floor(exact).astype(int)
    left = round(fraction * counts.sum()) - quotas.sum()
    quotas[np.argsort(quotas - exact, kind="stable")[: max(left, 0)]] += 1
    return quotas
