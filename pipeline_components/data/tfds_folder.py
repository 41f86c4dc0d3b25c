"""Examples read out of a prepared tensorflow-datasets folder, in file order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_components.data.images import png_size, problem_of
from pipeline_components.data.magic_numbers import PNG
from pipeline_components.errors import BadData, first_line
from pipeline_components.quiet import import_tensorflow
from pipeline_components.shape import IMAGE_SHAPE

BATCH = 2000


@dataclass(frozen=True)
class PackedImages:
    """The images of a split in its files, uint8 [n, 28, 28]: unpacked a batch at a time, in file order."""

    split: str
    files: list[str]
    shape: tuple[int, int, int]
    dtype = np.dtype(np.uint8)

    def __iter__(self) -> Iterator[np.ndarray]:
        """Batches of at most BATCH; raises BadData, with every bad record, when one cannot be unpacked.

        Decoding a batch inside one graph takes a fifth of the time of one by one.
        """
        import tensorflow as tf

        def decode(png: Any) -> Any:
            return tf.ensure_shape(tf.io.decode_png(png, channels=1), [*IMAGE_SHAPE, 1])

        def unpack(serialized: Any) -> Any:
            png = tf.io.parse_example(serialized, _record())["image"]
            return tf.map_fn(decode, png, fn_output_signature=tf.TensorSpec([*IMAGE_SHAPE, 1], tf.uint8))

        for image in _batches(self.split, self.files, unpack):
            yield image[..., 0]


@dataclass(frozen=True)
class Records:
    """A split as it was found, before any check: `image` [n, height, width], `label` int64 [n]; row i is `split/i`."""

    split: str
    image: np.ndarray | PackedImages
    label: np.ndarray

    def __len__(self) -> int:
        """How many records there are."""
        return len(self.label)

    def batches(self) -> Iterator[np.ndarray]:
        """The images in file order, at most BATCH at a time."""
        if isinstance(self.image, np.ndarray):
            yield from (self.image[start : start + BATCH] for start in range(0, len(self), BATCH))
        else:
            yield from self.image

    def ids(self, index: np.ndarray) -> list[str]:
        """The example ids of these rows: the split and the position in its files."""
        return [f"{self.split}/{i}" for i in index]


@dataclass(frozen=True)
class TfdsFolder:
    """A prepared dataset: its name, the names of its classes, and its splits in file order."""

    name: str
    classes: list[str]
    splits: dict[str, Records]


def read_folder(folder: Path) -> TfdsFolder:
    """The splits `train` and `test` of a tfds folder of 28×28 grayscale PNGs in TFRecord files.

    Raises BadData when it is no such folder, or a file is damaged; for a record that holds another kind of image, when
    the images are asked for.
    """
    import_tensorflow()
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder_from_directory(folder)
        name, features, found = builder.name, builder.info.features, builder.info.splits
    except Exception as error:  # tfds raises whatever its JSON readers raise
        raise BadData(f"{folder}: not a tensorflow-datasets folder ({first_line(error)}): run ingest again") from None
    _check_features(folder, features)
    if missing := {"train", "test"} - set(found):
        raise BadData(f"{folder}: split {', '.join(sorted(missing))} is missing; found {', '.join(found) or 'none'}")
    splits = {split: _records(split, [str(f) for f in found[split].filepaths]) for split in ("train", "test")}
    for split, records in splits.items():
        if len(records) != found[split].num_examples:
            raise BadData(
                f"{folder}: {split} holds {len(records)} examples, "
                f"dataset_info.json says {found[split].num_examples}: run ingest again"
            )
    return TfdsFolder(name, list(features["label"].names), splits)


def _check_features(folder: Path, features: Any) -> None:
    """Refuse features that are not a 28×28 grayscale uint8 image and a class label."""
    kinds = {key: type(features[key]).__name__ for key in features} if hasattr(features, "keys") else {}
    if kinds.get("image") != "Image" or kinds.get("label") != "ClassLabel":
        raise BadData(f"{folder}/features.json: an Image and a ClassLabel expected, found {kinds or features}")
    image = features["image"]
    dtype = np.dtype(image.np_dtype).name
    if image.shape != (*IMAGE_SHAPE, 1) or dtype != "uint8":
        shape = "×".join(map(str, image.shape))
        raise BadData(f"{folder}/features.json: images are {shape} {dtype}, 28×28×1 uint8 expected")


def _records(split: str, files: list[str]) -> Records:
    """The labels of these files, which also shows that every record can be read; images are unpacked later."""
    import tensorflow as tf

    def parse(serialized: Any) -> Any:
        return tf.io.parse_example(serialized, _record())["label"]

    label = np.concatenate([np.empty(0, np.int64), *_batches(split, files, parse)])
    return Records(split, PackedImages(split, files, (len(label), *IMAGE_SHAPE)), label)


def _batches(split: str, files: list[str], read: Callable[[Any], Any]) -> Iterator[np.ndarray]:
    """What is read from a batch of serialized records, for all batches in order."""
    import tensorflow as tf

    batches = tf.data.TFRecordDataset(files).batch(BATCH).map(read, num_parallel_calls=tf.data.AUTOTUNE)
    try:
        yield from batches.as_numpy_iterator()
    except tf.errors.OpError as error:
        raise BadData(_located(split, files) or f"{split}: {first_line(error)}: run ingest again") from None


def _record() -> dict[str, Any]:
    """What tfds writes for an image and a class label."""
    import tensorflow as tf

    return {"image": tf.io.FixedLenFeature([], tf.string), "label": tf.io.FixedLenFeature([], tf.int64)}


def _located(split: str, files: list[str]) -> str | None:
    """Which records cannot be decoded, and why: one by one, after a failure."""
    import tensorflow as tf

    bad: list[tuple[int, str]] = []
    i = -1
    try:
        for i, serialized in enumerate(tf.data.TFRecordDataset(files).as_numpy_iterator()):
            if why := _unreadable(serialized):
                bad.append((i, why))
    except tf.errors.OpError as error:
        return f"{split}: a file is damaged after {i + 1} records ({first_line(error)}): run ingest again"
    if not bad:
        return None
    ids = ", ".join(f"{split}/{i}" for i, _ in bad[:5]) + (", …" if len(bad) > 5 else "")
    where = Path(files[0]).name + (f" to {Path(files[-1]).name}" if len(files) > 1 else "")
    return f"{where}: {split}: {len(bad)} of its records cannot be read ({ids}): {bad[0][1]}: run ingest again"


def _unreadable(serialized: bytes) -> str | None:
    """Why one record is not a 28×28 PNG with a label, by its fields and the PNG's chunks, or None."""
    import tensorflow as tf

    try:
        feature = tf.train.Example.FromString(serialized).features.feature
    except Exception as error:  # protobuf's own, by implementation
        return first_line(error)
    png, label = feature["image"].bytes_list.value, feature["label"].int64_list.value
    if len(png) != 1 or len(label) != 1:
        return f"{len(png)} images and {len(label)} labels found, one of each expected"
    return _png_problem(png[0])


def _png_problem(png: bytes) -> str | None:
    """Why bytes are not a 28×28 PNG, by its chunks, its header and a decoding of its own."""
    import tensorflow as tf

    if not png.startswith(PNG):
        return "its image is no PNG"
    if problem := problem_of(png):
        return problem
    width, height = png_size(png)
    if (height, width) != IMAGE_SHAPE:
        return f"{height}×{width} pixels found, 28×28 expected"
    try:
        tf.io.decode_png(png, channels=1)
    except tf.errors.OpError:
        return "a damaged PNG: its chunks are whole, and its pixels cannot be unpacked"
    return None
