"""A run's flags: every parameter of the pipeline, and which components to make again."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.errors import BadConfig, nearest
from pipeline_components.evaluate.config import EvaluateConfig
from pipeline_components.export.config import ExportConfig
from pipeline_components.ingest.config import IngestConfig
from pipeline_components.preprocess.config import PreprocessConfig
from pipeline_components.report.config import ReportConfig
from pipeline_components.train.config import TrainConfig

Flat = Parameter(name="*")  # a model's fields as flags of their own names
ForceOption = Annotated[
    list[str] | None,
    Parameter(
        consume_multiple=True, help="Components to make again although the store has them; all if none is named."
    ),
]


@dataclass(frozen=True)
class Parameters:
    """Every parameter of the pipeline as a flag."""

    dataset: Annotated[str, Parameter(help=IngestConfig.model_fields["dataset"].description)] = "auto"
    preprocess: Annotated[PreprocessConfig, Flat] = PreprocessConfig()
    train: Annotated[TrainConfig, Flat] = TrainConfig()
    evaluate: Annotated[EvaluateConfig, Flat] = EvaluateConfig()
    report: Annotated[ReportConfig, Flat] = ReportConfig()
    export: Annotated[ExportConfig, Flat] = ExportConfig()

    def config(self) -> PipelineConfig:
        """The pipeline's config; raises BadConfig for a dataset that has no such name."""
        return PipelineConfig(
            ingest=PipelineConfig.from_flat({"dataset": self.dataset}).ingest,
            preprocess=self.preprocess,
            train=self.train,
            evaluate=self.evaluate,
            report=self.report,
            export=self.export,
        )


ParametersOption = Annotated[Parameters, Flat]


def forced(names: list[str] | None) -> set[str]:
    """The components that `--force` means: all of them when it names none."""
    components = list(PipelineConfig.parts())
    for name in names or []:
        if name not in components:
            raise BadConfig(f"--force: unknown component {name!r}{nearest(name, components)}")
    return set() if names is None else set(names) or set(components)
