"""Parameters of preprocess."""

from typing import Any

from pydantic import Field, field_validator

from pipeline_components.config import Config, Probability
from pipeline_components.data.schema import DataSchema


class PreprocessConfig(Config):
    """How examples are checked and split."""

    validation_fraction: float = Field(
        0.1, gt=0, le=0.5, description="Share of the training split held out for validation, by class."
    )
    split_seed: int = Field(0, ge=0, lt=2**32, description="Seed of the train/validation split.")
    data_schema: dict[str, Any] | None = Field(
        None, description="What the examples must be: a schema.json's content, curated; inferred when not given."
    )
    anomaly_tolerance: Probability = Field(
        0.05,
        description="Share of a split's examples, or of one class's, that may be blank, saturated, repeated, "
        "mislabelled or unlike their class with a warning; more stop the run.",
    )
    leakage_tolerance: Probability = Field(
        0.001,
        description="Share of the held-out examples that the training split may hold too, or nearly, with a warning; "
        "more stop the run. A leak of that share can flatter the accuracy by no more than it.",
    )
    accept_drift: bool = Field(
        False,
        description="Train although the examples are unlike those of the served model or of the line's reference, or "
        "the splits unlike each other: drift, skew and shifted labels are warnings then, and the examples become the "
        "reference of those that follow.",
    )

    @field_validator("data_schema")
    @classmethod
    def _is_a_schema(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        """Refuse what is no schema before anything runs."""
        if value is not None:
            DataSchema.model_validate(value)
        return value
