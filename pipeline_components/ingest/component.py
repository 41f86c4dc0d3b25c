"""Ingest (TFX: ExampleGen): a tensorflow-datasets set by name, as the TFRecord folder that tfds makes."""

import contextlib
import hashlib
import io
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from pipeline_components.data import registry
from pipeline_components.errors import BadData, DatasetUnavailable, UnknownDataset, nearest
from pipeline_components.ingest.config import IngestConfig
from pipeline_components.ingest.png import png

log = logging.getLogger(__name__)


class IngestFacts(TypedDict):
    """What was ingested."""

    dataset: str
    version: str
    classes: int
    splits: dict[str, int]


def ingest(*, out: Path, config: IngestConfig, manual_dir: Path | None = None) -> IngestFacts:
    """Make `examples/`: TFRecord shards, `features.json`, `dataset_info.json`; `tfds.builder_from_directory` opens it.

    The original files come from `manual_dir` where it has them, else from their host; tfds verifies their checksums.
    Raises UnknownDataset (no such set, or not 28×28 grayscale with labels), DatasetUnavailable (no files, no route)
    and BadData (a file whose checksum is not the registered one).
    """
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    scratch = out / ".scratch"
    builder = _builder(config.dataset, scratch)
    _check_origin(config.dataset, manual_dir)
    log.info("preparing %s %s", config.dataset, builder.version)
    _encode_faster(builder.info.features["image"])
    _prepare(builder, config.dataset, scratch, manual_dir)
    shutil.move(builder.data_path, out / "examples")
    shutil.rmtree(scratch)
    splits = {str(name): int(split.num_examples) for name, split in sorted(builder.info.splits.items())}
    log.info("wrote %s", ", ".join(f"{name} {n:,}" for name, n in splits.items()))
    return IngestFacts(
        dataset=config.dataset,
        version=str(builder.version),
        classes=int(builder.info.features["label"].num_classes),
        splits=splits,
    )


def _builder(name: str, data_dir: Path) -> Any:
    import tensorflow_datasets as tfds

    from pipeline_components.ingest import mnist_sample  # noqa: F401  registers the builder

    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except (tfds.core.registered.DatasetNotFoundError, ValueError, ImportError):
        hint = nearest(name, registry.KNOWN, tfds.list_builders()) if "/" not in name else ""
        raise UnknownDataset(f"unknown dataset {name!r}{hint}") from None
    image, label = (dict(builder.info.features).get(key) for key in ("image", "label"))
    if not isinstance(label, tfds.features.ClassLabel) or getattr(image, "shape", None) != (28, 28, 1):
        raise UnknownDataset(
            f"dataset {name!r} is not one of 28×28 grayscale images with a label: take mnist or the like"
        )
    return builder


def _check_origin(name: str, manual_dir: Path | None) -> None:
    """Fail at once where tfds would retry for minutes: a file that is neither in the folder nor can be downloaded."""
    if manual_dir is not None and not manual_dir.is_dir():
        raise DatasetUnavailable(
            f"{manual_dir}: no such folder: --manual-dir names the folder of {name}'s original files"
        )
    files = registry.source_files(name)
    missing = [f.name for f in files if manual_dir is None or not (manual_dir / f.name).is_file()]
    if not missing or registry.reachable(name):
        log.info(
            "%s's files come from %s", name, registry.host(name) if missing else manual_dir or "an installed package"
        )
        return
    raise DatasetUnavailable(
        f"{name}: {registry.host(name)} does not answer: put {', '.join(missing)} into {manual_dir or 'a folder'}"
        f"{'' if manual_dir else ' and name it with --manual-dir'}, or take --dataset {registry.SAMPLE}"
    )


def _encode_faster(feature: Any) -> None:
    """Hand tfds images that are PNGs already: it would run a TensorFlow op for each, half of all its time."""
    encode = feature.encode_example

    def encode_example(image: Any) -> Any:
        ours = isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.shape == feature.shape
        return encode(png(image) if ours else image)

    feature.encode_example = encode_example


@contextlib.contextmanager
def _canonical_records() -> Iterator[None]:
    """Let the same examples give the same bytes: protobuf writes a map, such as a record's, in any order."""
    from tensorflow_datasets.core.example_serializer import ExampleSerializer

    plain = ExampleSerializer.serialize_example
    ExampleSerializer.serialize_example = lambda self, example: self.get_tf_example(example).SerializeToString(
        deterministic=True
    )
    try:
        yield
    finally:
        ExampleSerializer.serialize_example = plain


def _prepare(builder: Any, name: str, scratch: Path, manual_dir: Path | None) -> None:
    import requests
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError

    config = tfds.download.DownloadConfig(manual_dir=manual_dir)
    # tfds prints where it prepares; stdout is the caller's
    with contextlib.redirect_stdout(io.StringIO()), _canonical_records():
        try:
            builder.download_and_prepare(download_dir=scratch / "downloads", download_config=config)
        except NonMatchingChecksumError:
            raise BadData(_wrong_checksum(name, manual_dir)) from None
        except (tfds.download.DownloadError, requests.RequestException) as error:
            raise DatasetUnavailable(
                f"{name}: download from {registry.host(name)} failed: {error}: try again"
            ) from None


def _wrong_checksum(name: str, manual_dir: Path | None) -> str:
    for file in registry.source_files(name):
        path = manual_dir / file.name if manual_dir else None
        if path is None or not path.is_file():
            continue
        size, digest = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != file.sha256:
            return (
                f"{path}: {size:,} bytes with sha256 {digest[:8]}… found, {file.size_bytes:,} bytes with "
                f"{file.sha256[:8]}… expected for {name}: fetch the file again"
            )
    return f"{name}: a downloaded file has not the checksum that tensorflow-datasets registers: try again"
