"""Ingest (TFX: ExampleGen): a tensorflow-datasets set by name, as TFRecord files."""

from pipeline_components.ingest.component import ingest
from pipeline_components.ingest.config import IngestConfig

__all__ = ["IngestConfig", "ingest"]
