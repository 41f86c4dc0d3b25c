"""Every parameter of the pipeline: one frozen model per component, read by flags, trigger form and manifests alike."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from pipeline_components.errors import BadConfig


class Config(BaseModel):
    """Parameters that are checked when made: no unknown name, no NaN, no infinity; and that never change afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Probability = Annotated[float, Field(ge=0, le=1)]


class IngestConfig(Config):
    """Which examples."""

    dataset: str = Field(
        "mnist",
        pattern=r"^[a-z0-9_]+(/[a-zA-Z0-9_.]+)?$",
        description="mnist, mnist_sample, or another 28x28 grayscale tensorflow-datasets set such as fashion_mnist; "
        "auto takes mnist if it can be had, else the sample.",
    )


class ImageSchema(Config):
    """What every image must be."""

    shape: list[int] = [28, 28]
    dtype: str = "uint8"
    minimum: int = 0
    maximum: int = 255


class DataSchema(Config):
    """What a dataset must be: schema.json. `splits` holds the sizes that are required; leave one out to allow any."""

    dataset: str
    classes: list[str] = Field(min_length=2, max_length=256)
    image: ImageSchema = ImageSchema()
    splits: dict[str, int] = {}


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
        0.001,
        description="Share of a split's examples that may be blank, saturated, duplicated or leaked with a warning; "
        "more stop the run. A leak of that share can flatter the accuracy by no more than it.",
    )

    accept_drift: bool = Field(
        False,
        description="Train although the examples are unlike those of the served model, or the splits unlike each "
        "other: drift, skew and shifted labels are warnings then.",
    )

    @field_validator("data_schema")
    @classmethod
    def _is_a_schema(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        """Refuse what is no schema before anything runs."""
        if value is not None:
            DataSchema.model_validate(value)
        return value


class TrainConfig(Config):
    """Which network, and how it is fitted. Defaults reach a test accuracy of about 0.981 on MNIST."""

    network: str = Field("mlp", pattern=r"^[a-z0-9_]+$", description="Name of the network: mlp.")
    epochs: int = Field(20, ge=1, le=1000, description="Passes over the training split.")
    batch_size: int = Field(128, ge=1, le=8192, description="Examples per gradient step.")
    learning_rate: float = Field(0.001, gt=0, le=1, description="Adam's step size.")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of the initial weights and of the order of examples.")


class EvaluateConfig(Config):
    """What a model must show before it may be served."""

    accuracy_threshold: Probability | None = Field(
        None, description="Test accuracy below which a model is refused; the dataset's own when not given."
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, description="Of the intervals; the accuracy counts by its lower end.")
    recall_floor: Probability | None = Field(
        None,
        description="Recall that every class must reach; when not given, no class may miss five times as many as the "
        "accuracy threshold allows in all.",
    )
    calibration_bound: Probability | None = Field(
        None,
        description="Expected calibration error above which a model is refused; when not given, the share of mistakes "
        "that the accuracy threshold allows, and at least 0.05.",
    )
    champion_alpha: float = Field(
        0.05, gt=0, lt=0.5, description="Significance at which a model counts as worse (or better) than the one served."
    )
    require_improvement: bool = Field(
        False, description="Refuse a model that is not significantly better than the champion."
    )
    slice_floors: dict[str, Probability] = Field(
        {}, description='Accuracy that named slices must reach: {"class_8": 0.95, "ink_1": 0.97, "hard": 0.1}.'
    )
    new_line: bool = Field(False, description="Serve this model even if the champion has other classes or other data.")
    force_bless: str | None = Field(
        None,
        pattern=r"^\S.{8,}\S$",
        description="Serve the model whatever the rules say, for this reason (ten characters or more); it is recorded.",
    )


class ReportConfig(Config):
    """What the report shows."""

    gallery_size: int = Field(24, ge=1, le=200, description="Images in each gallery of the report.")


class ExportConfig(Config):
    """What the exported model must stand before it is pushed. Budgets leave room for a busy machine."""

    golden_examples: int = Field(256, ge=1, le=100_000, description="Test examples replayed on the exported files.")
    golden_tolerance: float = Field(
        1e-4, ge=0, le=1, description="Largest difference from the evaluator's probabilities; measured: about 1e-6."
    )
    size_budget_mb: float = Field(100.0, gt=0, description="Size of the SavedModel.")
    load_budget_s: float = Field(30.0, gt=0, description="Time to load the SavedModel.")
    latency_calls: int = Field(200, ge=1, le=100_000, description="Single images timed after warm-up.")
    latency_p50_budget_ms: float = Field(50.0, gt=0, description="Median latency of a single image.")
    latency_p99_budget_ms: float = Field(250.0, gt=0, description="99th percentile of a single image's latency.")
    memory_budget_mb: float = Field(1500.0, gt=0, description="Peak memory of the process that loads the export.")


class PredictConfig(Config):
    """How a folder of images is recognised; no part of the chain."""

    predict_batch: int = Field(64, ge=1, le=4096, description="Images held in memory at once.")


class PipelineConfig(Config):
    """All components' parameters. Field names are unique across components, so a flat form says the same."""

    ingest: IngestConfig = IngestConfig()
    preprocess: PreprocessConfig = PreprocessConfig()
    train: TrainConfig = TrainConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    report: ReportConfig = ReportConfig()
    export: ExportConfig = ExportConfig()

    @classmethod
    def from_flat(cls, parameters: Mapping[str, Any]) -> Self:
        """The config that `{"epochs": 3, "dataset": "mnist"}` means, with no conversion: `5.0` is not an integer.

        Raises BadConfig in one line.
        """
        owner = {name: part for part, config in cls.parts().items() for name in config.model_fields}
        nested: dict[str, dict[str, Any]] = {}
        for name, value in parameters.items():
            if name not in owner:
                raise BadConfig(f"unknown parameter {name!r}{nearest(name, owner)}")
            nested.setdefault(owner[name], {})[name] = value
        try:
            parts = {
                part: config.model_validate(nested.get(part, {}), strict=True) for part, config in cls.parts().items()
            }
            return cls.model_validate(parts)
        except ValidationError as error:
            raise BadConfig(in_one_line(error)) from None

    @classmethod
    def parts(cls) -> dict[str, type[Config]]:
        """Component name → its config model."""
        return {name: field.annotation for name, field in cls.model_fields.items()}  # type: ignore[misc]

    def flat(self) -> dict[str, Any]:
        """Every parameter by its own name: the inverse of `from_flat`."""
        return {name: value for part in self.model_dump(mode="json").values() for name, value in part.items()}


def nearest(name: str, known: Mapping[str, Any] | list[str], others: Iterable[str] = ()) -> str:
    """`; did you mean 'epochs'?` when a known name or one of the others is close, else the list of the known."""
    close = difflib.get_close_matches(name, [*known, *others], n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(sorted(known))}"


def in_one_line(error: ValidationError) -> str:
    """A pydantic error as `epochs: 0 found, input should be greater than or equal to 1`."""
    return "; ".join(
        f"{'.'.join(map(str, e['loc']))}: {e['input']!r} found, {e['msg'][0].lower()}{e['msg'][1:]}"
        for e in error.errors(include_url=False, include_context=False)
    )
