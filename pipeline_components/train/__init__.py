"""Train (TFX: Trainer): a network fitted to the training split."""

from pipeline_components.train.component import train
from pipeline_components.train.config import TrainConfig

__all__ = ["TrainConfig", "train"]
