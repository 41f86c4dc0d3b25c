"""Resolves the dataset `auto`: mnist where it can be had, else mnist_sample."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_components.data import registry

if TYPE_CHECKING:
    from pipeline_components.ingest import IngestConfig

log = logging.getLogger(__name__)

SAMPLE_NOTICE = (
    "MNIST CANNOT BE HAD HERE (no route to its host, %s): training on mnist_sample, 5,000 of its images. "
    "For all 70,000, put MNIST's four original files into a folder and set DIGITS_MANUAL_DIR to it."
)


def settled(
    config: "IngestConfig", is_made: Callable[["IngestConfig"], bool], outside: Mapping[str, Path]
) -> "IngestConfig":
    """The config with `auto` made concrete: mnist if it can be had or is in the store, else the sample, said loudly."""
    if config.dataset != registry.AUTO:
        return config
    mnist = config.model_copy(update={"dataset": registry.MNIST})
    folder = outside.get("manual_dir")
    if (folder and registry.in_folder(registry.MNIST, folder)) or is_made(mnist) or registry.reachable(registry.MNIST):
        return mnist
    log.warning(SAMPLE_NOTICE, f"not all its files whole in {folder}" if folder else "no manual folder")
    return config.model_copy(update={"dataset": registry.SAMPLE})
