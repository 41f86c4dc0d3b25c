"""`digits run`, and one verb per component."""

import json as jsonlib
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pipeline_components.chain import produce as pipeline
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.record import step_record
from pipeline_components.commands.live import LiveRun, conclude
from pipeline_components.commands.options import DEFAULT_STORE, JsonOption, ManualDirOption, StoreOption
from pipeline_components.commands.parameters import Flat, ForceOption, Parameters, ParametersOption, forced
from pipeline_components.config import Config
from pipeline_components.errors import ArtifactNotFound, BadConfig
from pipeline_components.evaluate.config import EvaluateConfig
from pipeline_components.export.config import ExportConfig
from pipeline_components.ingest.config import IngestConfig
from pipeline_components.preprocess.config import PreprocessConfig
from pipeline_components.report.config import ReportConfig
from pipeline_components.store import Store
from pipeline_components.train.config import TrainConfig

Input = Annotated[
    str | None,
    Parameter(help="Id of an input artifact; by default what the other inputs were made from, or the newest."),
]


def run(
    *,
    parameters: ParametersOption = Parameters(),
    force: ForceOption = None,
    store: StoreOption = DEFAULT_STORE,
    manual_dir: ManualDirOption = None,
    json: JsonOption = False,
) -> None:
    """Run the whole chain without Airflow: what the store has is reused, a model that earns it is served."""
    config, where = parameters.config(), Store(store)
    with LiveRun() as live:
        record = pipeline.run(where, config, force=forced(force), manual_dir=manual_dir, watch=live.watch)
    conclude(record, json=json)


@dataclass(frozen=True)
class Common:
    """Flags of every component's verb."""

    store: StoreOption = DEFAULT_STORE
    force: Annotated[bool, Parameter(negative="", help="Make it again although the store has it.")] = False
    json: JsonOption = False


CommonOptions = Annotated[Common, Flat]


def ingest(
    *,
    config: Annotated[IngestConfig, Flat] = IngestConfig(),
    manual_dir: ManualDirOption = None,
    common: CommonOptions = Common(),
) -> None:
    """Fetch a dataset as TFRecord; prints the artifact's id."""
    _produce("ingest", config, {}, common, manual_dir)


def preprocess(
    *,
    examples: Input = None,
    config: Annotated[PreprocessConfig, Flat] = PreprocessConfig(),
    common: CommonOptions = Common(),
) -> None:
    """Check, describe and split an ingest artifact's examples; prints the artifact's id."""
    _produce("preprocess", config, {"examples": examples}, common)


def train(
    *, examples: Input = None, config: Annotated[TrainConfig, Flat] = TrainConfig(), common: CommonOptions = Common()
) -> None:
    """Fit a network to a preprocess artifact; prints the artifact's id."""
    _produce("train", config, {"examples": examples}, common)


def evaluate(
    *,
    examples: Input = None,
    model: Input = None,
    config: Annotated[EvaluateConfig, Flat] = EvaluateConfig(),
    common: CommonOptions = Common(),
) -> None:
    """Judge a train artifact on the test split; prints the artifact's id, whatever the verdict."""
    _produce("evaluate", config, {"examples": examples, "model": model}, common)


def report(
    *,
    evaluation: Input = None,
    model: Input = None,
    examples: Input = None,
    config: Annotated[ReportConfig, Flat] = ReportConfig(),
    common: CommonOptions = Common(),
) -> None:
    """Draw the report of an evaluate artifact; prints the artifact's id."""
    _produce("report", config, {"examples": examples, "model": model, "evaluation": evaluation}, common)


def export(
    *,
    evaluation: Input = None,
    model: Input = None,
    examples: Input = None,
    config: Annotated[ExportConfig, Flat] = ExportConfig(),
    common: CommonOptions = Common(),
) -> None:
    """Export a blessed model and check it, without serving it; prints the artifact's id."""
    _produce("export", config, {"examples": examples, "model": model, "evaluation": evaluation}, common)


def _produce(
    component: str, config: Config, given: Mapping[str, str | None], common: Common, manual_dir: Path | None = None
) -> None:
    handler = logging.StreamHandler(sys.stderr)
    logger = logging.getLogger("pipeline_components")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    store = Store(common.store)
    outcome = pipeline.produce(
        component,
        store,
        PipelineConfig.model_validate({component: config}),
        inputs_of(store, component, given),
        force=common.force,
        manual_dir=manual_dir,
    )
    print(jsonlib.dumps(step_record(outcome), indent=1) if common.json else outcome.artifact.id)


def inputs_of(store: Store, component: str, given: Mapping[str, str | None]) -> dict[str, str]:
    """Component → artifact id for every input: as given, else as the inputs after it were made, else the newest."""
    chosen: dict[str, str] = {}
    inherited: dict[str, str] = {}
    for name, source in reversed(list(pipeline.STEPS[component].inputs.items())):
        artifact = store.artifact(given[name] or inherited.get(name) or _newest(store, source))
        if artifact.component != source:
            raise BadConfig(f"--{name}: {artifact.id} found, an artifact of {source} expected")
        chosen[source] = artifact.id
        inputs = artifact.manifest.inputs
        inherited |= {key: each["id"] for key, each in inputs.items() if isinstance(each, dict)}
    return chosen


def _newest(store: Store, component: str) -> str:
    artifacts = store.artifacts(component)
    if not artifacts:
        raise ArtifactNotFound(f"{store.root}: no {component} artifact yet: run `digits {component}` first")
    return artifacts[-1].id
