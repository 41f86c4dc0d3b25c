"""Parameters of train."""

from pydantic import Field, field_validator

from pipeline_components.config import Config
from pipeline_components.models import NETWORKS, network


class TrainConfig(Config):
    """Which network, and how it is fitted. Defaults reach a test accuracy of about 0.981 on MNIST."""

    network: str = Field("mlp", description="Name of the network.", json_schema_extra={"enum": [*NETWORKS]})
    epochs: int = Field(20, ge=1, le=1000, description="Passes over the training split.")
    batch_size: int = Field(128, ge=1, le=8192, description="Examples per gradient step.")
    learning_rate: float = Field(0.001, gt=0, le=1, description="Adam's step size.")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of the initial weights and of the order of examples.")

    @field_validator("network")
    @classmethod
    def _is_known(cls, name: str) -> str:
        """Refuse a name that is no network's before anything runs."""
        network(name)
        return name
