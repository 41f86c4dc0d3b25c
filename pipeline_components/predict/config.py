"""Parameters of predict."""

from pydantic import Field

from pipeline_components.config import Config


class PredictConfig(Config):
    """How a folder of images is recognised; no part of the chain."""

    predict_batch: int = Field(64, ge=1, le=4096, description="Images held in memory at once.")
