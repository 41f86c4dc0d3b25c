"""Predict (TFX: BulkInferrer): a folder of images, recognised by an exported model."""

from pipeline_components.predict.component import predict
from pipeline_components.predict.config import PredictConfig

__all__ = ["PredictConfig", "predict"]
