"""Tune (TFX: Tuner): trials of a network's parameters, and the best of them."""

from pipeline_components.tune.component import tune
from pipeline_components.tune.config import TuneConfig

__all__ = ["TuneConfig", "tune"]
