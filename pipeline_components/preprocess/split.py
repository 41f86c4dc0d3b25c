"""The split of the training examples into those to fit on and those to watch the fit with."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from pipeline_components.data.examples import SPLITS, Examples, examples_writer, read_examples
from pipeline_components.data.tfds_folder import Records, TfdsFolder
from pipeline_components.errors import BadConfig
from pipeline_components.preprocess.config import PreprocessConfig


def split(folder: TfdsFolder, config: PreprocessConfig, out: Path) -> dict[str, Examples]:
    """Part the training split into `train.arrow` and `validation.arrow`; `test.arrow` is the test split as it is.

    Images go by a batch at a time, whatever their number. Raises BadConfig where nothing would be held out.
    """
    source, test = folder.splits["train"], folder.splits["test"]
    train, validation = stratified(source.label, config.validation_fraction, config.split_seed)
    if not len(validation):
        share = f"{config.validation_fraction:g} of {len(source):,} examples"
        raise BadConfig(f"validation_fraction: {share} is none: hold out a larger share")
    _write(source, {out / "train.arrow": train, out / "validation.arrow": validation})
    _write(test, {out / "test.arrow": np.arange(len(test))})
    return {name: read_examples(out / f"{name}.arrow") for name in SPLITS}


def _write(records: Records, parts: Mapping[Path, np.ndarray]) -> None:
    """Write records into files, each at its positions, which are ascending."""
    with ExitStack() as stack:
        writers = [(rows, stack.enter_context(examples_writer(file, len(rows)))) for file, rows in parts.items()]
        start = 0
        for image in records.batches():
            for rows, writer in writers:
                here = rows[slice(*np.searchsorted(rows, [start, start + len(image)]))]
                writer.add(image[here - start], records.label[here].astype(np.uint8), records.ids(here))
            start += len(image)


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
