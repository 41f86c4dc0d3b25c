"""Handwriting and small tfds folders of it for tests, with whatever fault a test wants in them."""

import functools
import io
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

Split = tuple[np.ndarray, np.ndarray]


@functools.cache
def handwriting(train_per_class: int = 200, test_per_class: int = 50) -> dict[str, Split]:
    """Real digits of the sample, shuffled by a fixed seed: images uint8 [n, 28, 28] and labels uint8."""
    from pipeline_components.ingest.mnist_sample import _read

    image, label = _read()
    image = image.reshape(-1, 28, 28)
    position = np.concatenate([np.arange((label == digit).sum()) for digit in range(10)])
    chosen = {
        "train": np.flatnonzero(position < train_per_class),
        "test": np.flatnonzero((position >= train_per_class) & (position < train_per_class + test_per_class)),
    }
    rng = np.random.default_rng(0)
    rows = {name: rng.permutation(index) for name, index in chosen.items()}
    return {name: (image[index], label[index]) for name, index in rows.items()}


def copy(splits: Mapping[str, Split]) -> dict[str, Split]:
    """The same splits, to be damaged."""
    return {name: (image.copy(), label.copy()) for name, (image, label) in splits.items()}


def write_folder(
    folder: Path, splits: Mapping[str, Split], *, name: str = "mnist_sample", dtype: str = "uint8"
) -> Path:
    """An ingest artifact: the tfds folder of these splits below `folder`/examples."""
    import tensorflow as tf

    examples = folder / "examples"
    examples.mkdir(parents=True)
    describe(examples, name, {split: [len(label)] for split, (_, label) in splits.items()}, dtype)
    for split, (image, label) in splits.items():
        with tf.io.TFRecordWriter(str(examples / f"{name}-{split}.tfrecord-00000-of-00001")) as writer:
            for pixels, value in zip(image, label, strict=True):
                writer.write(_record(pixels.tobytes(), pixels.shape, int(value)))
    return folder


def describe(examples: Path, name: str, shards: Mapping[str, list[int]], dtype: str = "uint8") -> None:
    """What tfds says of a folder: its features, and of each split how many records each of its files has."""
    shape = {"shape": {"dimensions": ["28", "28", "1"]}, "dtype": dtype}
    kind = "tensorflow_datasets.core.features."
    features = {
        "image": {"pythonClassName": kind + "image_feature.Image", "image": shape},
        "label": {"pythonClassName": kind + "class_label_feature.ClassLabel", "classLabel": {"numClasses": "10"}},
    }
    content = {"pythonClassName": kind + "features_dict.FeaturesDict", "featuresDict": {"features": features}}
    (examples / "features.json").write_text(json.dumps(content))
    infos = [
        {
            "name": split,
            "shardLengths": list(map(str, lengths)),
            "numBytes": "1",
            "filepathTemplate": "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}",
        }
        for split, lengths in shards.items()
    ]
    info = {"name": name, "version": "1.0.0", "fileFormat": "tfrecord", "splits": infos}
    (examples / "dataset_info.json").write_text(json.dumps(info))


@functools.lru_cache(maxsize=20_000)
def _record(pixels: bytes, shape: tuple[int, ...], label: int) -> bytes:
    """An example as tfds stores it."""
    from PIL import Image

    png = io.BytesIO()
    Image.fromarray(np.frombuffer(pixels, np.uint8).reshape(shape)).save(png, "PNG", compress_level=1)
    return serialized(png.getvalue(), label)


def serialized(png: bytes, label: int) -> bytes:
    """A record."""
    import tensorflow as tf

    feature = {
        "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[png])),
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
    }
    return bytes(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
