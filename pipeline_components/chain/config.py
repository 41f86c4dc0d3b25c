"""All components' parameters as one: nested by component, or flat as flags, forms and run records have them."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import ValidationError

from pipeline_components.config import Config
from pipeline_components.errors import BadConfig, nearest
from pipeline_components.evaluate.config import EvaluateConfig
from pipeline_components.export.config import ExportConfig
from pipeline_components.ingest.config import IngestConfig
from pipeline_components.preprocess.config import PreprocessConfig
from pipeline_components.report.config import ReportConfig
from pipeline_components.train.config import TrainConfig


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


def in_one_line(error: ValidationError) -> str:
    """A pydantic error as `epochs: 0 found, input should be greater than or equal to 1`."""
    return "; ".join(
        f"{'.'.join(map(str, e['loc']))}: {e['input']!r} found, {e['msg'][0].lower()}{e['msg'][1:]}"
        for e in error.errors(include_url=False, include_context=False)
    )
