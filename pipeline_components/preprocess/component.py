"""Check examples, describe them, and split them: StatisticsGen, SchemaGen, ExampleValidator and Transform in one."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from pipeline_components.errors import BadData
from pipeline_components.preprocess.config import PreprocessConfig

if TYPE_CHECKING:
    from pipeline_components.data.examples import Examples
    from pipeline_components.data.schema import DataSchema
    from pipeline_components.preprocess.validation import Findings

log = logging.getLogger(__name__)


class PreprocessFacts(TypedDict):
    """How many examples of which dataset came out, and how many warnings."""

    dataset: str
    classes: int
    train: int
    validation: int
    test: int
    warnings: int


def preprocess(examples: Path, baseline: Path | None = None, *, out: Path, config: PreprocessConfig) -> PreprocessFacts:
    """Make `train.arrow`, `validation.arrow` and `test.arrow`, with schema, statistics and anomalies beside them.

    Reads the tfds folder `examples/` of an ingest artifact, and `statistics.json` and `reference.json` of the
    preprocess artifact that the served model was trained on, if there is one; `reference.json` is written on. Raises
    BadData when the data has an error, before any training.
    """
    from pipeline_components.data.examples import SPLITS
    from pipeline_components.data.schema import DataSchema
    from pipeline_components.data.tfds_folder import read_folder
    from pipeline_components.preprocess import schema as schemas
    from pipeline_components.preprocess.anomalies import stop_on_errors
    from pipeline_components.preprocess.split import split

    folder = read_folder(examples / "examples")
    schema = DataSchema.model_validate(config.data_schema) if config.data_schema else schemas.infer(folder)
    stop_on_errors(folder.name, schemas.violations(folder, schema))
    try:
        splits = split(folder, config, out)
        findings = _examined(folder.name, splits, schema, baseline, config)
    except BadData:
        for name in SPLITS:
            (out / f"{name}.arrow").unlink(missing_ok=True)
        raise
    log.info("%s: %s", folder.name, ", ".join(f"{len(part):,} {name}" for name, part in splits.items()))
    for anomaly in findings.anomalies:
        log.warning("%s: %s", anomaly.anomaly, anomaly.message)
    _write(out, schema, findings)
    return PreprocessFacts(
        dataset=folder.name,
        classes=len(folder.classes),
        train=len(splits["train"]),
        validation=len(splits["validation"]),
        test=len(splits["test"]),
        warnings=len(findings.anomalies),
    )


def _examined(
    dataset: str,
    splits: "dict[str, Examples]",
    schema: "DataSchema",
    baseline: Path | None,
    config: PreprocessConfig,
) -> "Findings":
    """What all checks find; raises BadData for an error."""
    from pipeline_components.preprocess import baseline as baselines
    from pipeline_components.preprocess import fixed_reference
    from pipeline_components.preprocess.anomalies import stop_on_errors
    from pipeline_components.preprocess.validation import validate

    served = baselines.of_artifact(baseline) if baseline else None
    findings = validate(splits, schema, served, fixed_reference.chosen(baseline, schema), config)
    stop_on_errors(dataset, findings.anomalies)
    return findings


def _write(out: Path, schema: "DataSchema", findings: "Findings") -> None:
    from pipeline_components.json_files import write_json

    write_json(out / "schema.json", schema.model_dump(mode="json"))
    write_json(out / "statistics.json", findings.statistics)
    write_json(out / "reference.json", findings.reference.as_json())
    write_json(out / "anomalies.json", {"anomalies": [anomaly.as_json() for anomaly in findings.anomalies]})
