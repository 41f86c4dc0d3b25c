"""Parameters of ingest."""

from pydantic import Field, field_validator

from pipeline_components.config import Config
from pipeline_components.data import registry


class IngestConfig(Config):
    """Which examples."""

    dataset: str = Field(
        "auto",
        pattern=r"^[a-z0-9_]+(/[a-zA-Z0-9_.]+)?$",
        description="mnist, mnist_sample, or another 28x28 grayscale tensorflow-datasets set such as fashion_mnist; "
        "auto takes mnist if it can be had, else the sample.",
        examples=[registry.AUTO, *registry.KNOWN],
    )

    @field_validator("dataset")
    @classmethod
    def _is_known(cls, name: str) -> str:
        """Refuse a name that is no dataset's before anything runs."""
        return registry.check_name(name)
