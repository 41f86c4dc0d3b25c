"""Parameters of ingest."""

from pydantic import Field

from pipeline_components.config import Config


class IngestConfig(Config):
    """Which examples."""

    dataset: str = Field(
        "auto",
        pattern=r"^[a-z0-9_]+(/[a-zA-Z0-9_.]+)?$",
        description="mnist, mnist_sample, or another 28x28 grayscale tensorflow-datasets set such as fashion_mnist; "
        "auto takes mnist if it can be had, else the sample.",
    )
