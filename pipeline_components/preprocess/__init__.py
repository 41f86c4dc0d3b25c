"""Preprocess (TFX: StatisticsGen, SchemaGen, ExampleValidator, Transform): examples checked, described and split."""

from pipeline_components.preprocess.component import preprocess
from pipeline_components.preprocess.config import PreprocessConfig

__all__ = ["PreprocessConfig", "preprocess"]
