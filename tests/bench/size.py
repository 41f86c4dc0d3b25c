"""Measure preprocess, an epoch of train, and evaluate on sets of more and more images: seconds, and peak memory.

    python -m tests.bench.size [--images N …] [--keep FOLDER]

The images are MNIST's, or the sample's, each shifted, turned, scaled and slanted in many ways; nine tenths of them are
the training split, of which a tenth is held out, and a tenth is the test split. Each component runs in a process of its
own. `in memory` is the training of the same examples in one window. Ten million take half an hour and 15 GB of disk.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

NAME = "many_digits"
SHARD = 50_000
AT_ONCE = 10_000_000


def build(folder: Path, images: int, source: dict[str, tuple[np.ndarray, np.ndarray]]) -> Path:
    """An ingest artifact of so many images, made of those of `source`, split by split."""
    from tests.kits.tfds import describe

    examples = folder / "examples"
    examples.mkdir(parents=True)
    sizes = {"train": images - images // 10, "test": images // 10}
    shards = {split: [min(SHARD, size - at) for at in range(0, size, SHARD)] for split, size in sizes.items()}
    describe(examples, NAME, shards)
    for split, lengths in shards.items():
        for number, length in enumerate(lengths):
            file = examples / f"{NAME}-{split}.tfrecord-{number:05}-of-{len(lengths):05}"
            _write_shard(file, *_varied(*source[split], number, length))
    return folder


def _varied(image: np.ndarray, label: np.ndarray, number: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """The next so many images, no two of them alike."""
    from pipeline_components.train import TrainConfig
    from pipeline_components.train.augmentation import augmented

    rows = np.arange(number * SHARD, number * SHARD + length) % len(label)
    return augmented(image[rows], TrainConfig(augmentation="affine", seed=7), number), label[rows]


def _write_shard(file: Path, image: np.ndarray, label: np.ndarray) -> None:
    import tensorflow as tf

    from tests.kits.tfds import serialized

    def packed(batch: tf.Tensor) -> tf.Tensor:
        return tf.map_fn(tf.io.encode_png, batch, fn_output_signature=tf.string)

    batches = tf.data.Dataset.from_tensor_slices(image[..., None]).batch(1000).map(packed, num_parallel_calls=2)
    pngs = (png for batch in batches.as_numpy_iterator() for png in batch)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for png, value in zip(pngs, label, strict=True):
            writer.write(serialized(png, int(value)))


def digits(manual_dir: Path | None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """All of MNIST from its original files if they are there, else handwriting of the sample."""
    from tests.kits.tfds import handwriting

    if manual_dir is None:
        return handwriting(400, 100)
    from pipeline_components.data.tfds_folder import read_folder
    from pipeline_components.ingest import IngestConfig, ingest

    with tempfile.TemporaryDirectory() as out:
        ingest(out=Path(out), config=IngestConfig(dataset="mnist"), manual_dir=manual_dir)
        splits = read_folder(Path(out) / "examples").splits
        return {name: (np.concatenate(list(each.batches())), each.label) for name, each in splits.items()}


def step(name: str, folder: Path) -> int:
    """Run one component on the folders of those before it; gives how many images it went through."""
    from pipeline_components.evaluate import EvaluateConfig, evaluate
    from pipeline_components.preprocess import PreprocessConfig, preprocess
    from pipeline_components.train import TrainConfig, train

    out = folder / name
    out.mkdir()
    if name == "preprocess":  # a validation image and one of train may be the same digit, a little changed
        lenient = PreprocessConfig(anomaly_tolerance=1.0, leakage_tolerance=1.0)
        found = preprocess(folder / "ingest", out=out, config=lenient)
        return found["train"] + found["validation"] + found["test"]
    if name == "evaluate":
        return evaluate(folder / "preprocess", folder / "train", out=out, config=EvaluateConfig())["examples"]
    config = TrainConfig(epochs=1) if name == "train" else TrainConfig(epochs=1, window=AT_ONCE)
    return train(folder / "preprocess", out=out, config=config)["examples"]


def rows(folder: Path, images: int, measured: Callable[..., Any]) -> Iterator[tuple[str, ...]]:
    """What each component took."""
    in_memory = ["train, in memory"] if images <= 1_000_000 else []
    for name in ("preprocess", *in_memory, "train", "evaluate"):
        each = measured("-m", "tests.bench.size", "--step", name, "--keep", folder)
        took = json.loads(each.last_line)
        rate = each.images_per_s
        yield name, f"{took['images']:,}", f"{took['elapsed_s']:,.1f}", f"{rate:,.0f}", f"{each.peak_mib:,.0f}"


def table(folder: Path, images: int, source: Any, measured: Callable[..., Any]) -> Table:
    """Build a set of so many images, and measure all components on it."""
    build(folder / "ingest", images, source)
    shown = Table("", "images", "seconds", "images/s", "peak MiB", title=f"{images:,} images")
    for column in shown.columns[1:]:
        column.justify = "right"
    for row in rows(folder, images, measured):
        shown.add_row(*row)
    return shown


def main(arguments: list[str]) -> None:
    from pipeline_components import quiet
    from tests.bench.__main__ import manual_dir, measured

    parser = argparse.ArgumentParser(prog="python -m tests.bench.size", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--manual-dir", type=Path, default=manual_dir())
    parser.add_argument("--keep", type=Path, help="where the sets are made and stay; else in a folder for the while")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    quiet.import_tensorflow()
    if options.step:
        import keras  # noqa: F401  imported before the clock starts
        import tensorflow_datasets  # noqa: F401

        started = time.perf_counter()
        images = step(options.step, options.keep)
        print(json.dumps({"images": images, "elapsed_s": time.perf_counter() - started}))
        return
    source = digits(options.manual_dir)
    for images in options.images:
        kept = nullcontext(options.keep / str(images)) if options.keep else tempfile.TemporaryDirectory()
        with kept as folder:
            Console().print(table(Path(folder), images, source, measured))


if __name__ == "__main__":
    main(sys.argv[1:])
