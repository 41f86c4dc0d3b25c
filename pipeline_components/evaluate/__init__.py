"""Evaluate (TFX: Evaluator): a model measured on the test split, and whether it may be served."""

from pipeline_components.evaluate.component import evaluate
from pipeline_components.evaluate.config import EvaluateConfig

__all__ = ["EvaluateConfig", "evaluate"]
