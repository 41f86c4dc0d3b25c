"""Parameters of report."""

from pydantic import Field

from pipeline_components.config import Config


class ReportConfig(Config):
    """What the report shows."""

    gallery_size: int = Field(24, ge=1, le=200, description="Images in each gallery of the report.")
