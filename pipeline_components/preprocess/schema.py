"""What examples must be: inferred from the dataset and what is known of it, or frozen by a person."""

from collections.abc import Callable, Iterator

import numpy as np

from pipeline_components.data import registry
from pipeline_components.data.schema import DataSchema, ImageSchema
from pipeline_components.data.tfds_folder import Records, TfdsFolder
from pipeline_components.preprocess.anomalies import LOCATED, Anomaly, of_examples


def infer(folder: TfdsFolder) -> DataSchema:
    """The schema of a dataset: its classes, and its splits' sizes as they are known, else as they were found."""
    found = {split: len(records) for split, records in folder.splits.items()}
    known = registry.known(folder.name)
    return DataSchema(
        dataset=folder.name,
        classes=folder.classes,
        image=ImageSchema(),
        splits=dict(known.splits) if known and known.splits else found,
    )


def violations(folder: TfdsFolder, schema: DataSchema) -> list[Anomaly]:
    """Every way in which a dataset is not what its schema says; all of them are errors."""
    found = [anomaly for records in folder.splits.values() for anomaly in _of_split(records, schema)]
    if folder.name != schema.dataset:
        found.append(_error("dataset", f"dataset {folder.name} found, {schema.dataset} expected"))
    if folder.classes != schema.classes:
        found.append(_error("classes", f"classes {folder.classes} found, {schema.classes} expected"))
    return found


def _of_split(records: Records, schema: DataSchema) -> Iterator[Anomaly]:
    """Size, shape, dtype, values, labels and classes of one split."""
    split, expected = records.split, schema.splits.get(records.split)
    if expected is not None and len(records) != expected:
        yield _error("split_size", f"{split}: {len(records):,} examples found, {expected:,} expected", split)
    yield from image_violations(records, schema.image)
    outside = np.flatnonzero((records.label < 0) | (records.label >= len(schema.classes)))
    if len(outside):
        values = ", ".join(map(str, np.unique(records.label[outside])[:LOCATED]))
        what = f"labels outside of 0 to {len(schema.classes) - 1}: {values}"
        yield of_examples("label_range", "error", records, outside, what)
    for missing in np.setdiff1d(np.arange(len(schema.classes)), records.label):
        name = schema.classes[missing]
        yield _error("class_missing", f"{split}: class {name} is missing: 0 of its examples found", split)


def image_violations(records: Records, schema: ImageSchema) -> Iterator[Anomaly]:
    """Images of another shape or dtype, not-a-number, or values out of range."""
    image, split = records.image, records.split
    if list(image.shape[1:]) != schema.shape:
        shapes = ["×".join(map(str, shape)) for shape in (image.shape[1:], schema.shape)]
        message = f"{split}: {len(records):,} images of {shapes[0]} pixels found, {shapes[1]} expected ({split}/0, …)"
        yield Anomaly("image_shape", "error", split, len(records), (f"{split}/0",), message)
        return
    if image.dtype.kind == "f":
        nan = _rows(records, np.isnan)
        if len(nan):
            yield of_examples("image_nan", "error", records, nan, "images with NaN pixels")
    if image.dtype != schema.dtype:
        message = f"{split}: {len(records):,} images of {image.dtype} found, {schema.dtype} expected ({split}/0, …)"
        yield Anomaly("image_dtype", "error", split, len(records), (f"{split}/0",), message)
    if (schema.minimum, schema.maximum) != (0, 255) or image.dtype != np.uint8:
        outside = _rows(records, lambda batch: (batch < schema.minimum) | (batch > schema.maximum))
        if len(outside):
            what = f"images with values outside of {schema.minimum} to {schema.maximum}"
            yield of_examples("image_range", "error", records, outside, what)


def _rows(records: Records, is_wrong: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The positions of images of which a pixel is wrong."""
    wrong = (is_wrong(batch).any(axis=(1, 2)) for batch in records.batches())
    return np.flatnonzero(np.concatenate([np.empty(0, bool), *wrong]))


def _error(name: str, message: str, split: str | None = None) -> Anomaly:
    """An error of a whole split or dataset, which no example locates."""
    return Anomaly(name, "error", split, 1, (), message)
