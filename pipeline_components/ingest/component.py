"""Ingest (TFX: ExampleGen): a tensorflow-datasets set by name, as the TFRecord folder that tfds makes."""

import contextlib
import io
import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

from pipeline_components.data import registry
from pipeline_components.errors import BadData, DownloadFailed, UnknownDataset, nearest
from pipeline_components.ingest.config import IngestConfig
from pipeline_components.ingest.origin import check_origin, wrong_checksum
from pipeline_components.quiet import import_tensorflow
from pipeline_components.shape import IMAGE_SHAPE

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
    Raises UnknownDataset (no such set, or not 28×28 grayscale with labels), DatasetUnavailable (no files, no route),
    its DownloadFailed (a download broke off) and BadData (a file whose checksum is not the registered one).
    """
    import_tensorflow()
    import tensorflow_datasets as tfds

    from pipeline_components.ingest.encoding import encode_faster

    tfds.disable_progress_bar()
    scratch = out / ".scratch"
    builder = _builder(config.dataset, scratch)
    check_origin(config.dataset, manual_dir)
    log.info("preparing %s %s", config.dataset, builder.version)
    encode_faster(builder.info.features["image"])
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
        with _temporary_files_in(data_dir / "temporary"):
            builder = tfds.builder(name, data_dir=data_dir)
    except (tfds.core.registered.DatasetNotFoundError, ValueError, ImportError):
        hint = nearest(name, registry.KNOWN, tfds.list_builders()) if "/" not in name else ""
        raise UnknownDataset(f"unknown dataset {name!r}{hint}") from None
    image, label = (dict(builder.info.features).get(key) for key in ("image", "label"))
    if not isinstance(label, tfds.features.ClassLabel) or getattr(image, "shape", None) != (*IMAGE_SHAPE, 1):
        raise UnknownDataset(
            f"dataset {name!r} is not one of 28×28 grayscale images with a label: take mnist or the like"
        )
    return builder


@contextlib.contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Let what tfds leaves behind, an empty folder a builder, go the way of `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def _prepare(builder: Any, name: str, scratch: Path, manual_dir: Path | None) -> None:
    import requests
    import tensorflow  # noqa: F401  tfds writes the records by it: its version belongs in the key
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError

    from pipeline_components.ingest.encoding import canonical_records

    config = tfds.download.DownloadConfig(manual_dir=manual_dir)
    # tfds prints where it prepares; stdout is the caller's
    with contextlib.redirect_stdout(io.StringIO()), canonical_records():
        try:
            builder.download_and_prepare(download_dir=scratch / "downloads", download_config=config)
        except NonMatchingChecksumError:
            raise BadData(wrong_checksum(name, manual_dir)) from None
        except (tfds.download.DownloadError, requests.RequestException) as error:
            raise DownloadFailed(f"{name}: download from {registry.host(name)} failed: {error}: try again") from None
