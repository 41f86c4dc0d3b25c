"""Check examples, describe them, and split them: StatisticsGen, SchemaGen, ExampleValidator and Transform in one."""

import json
import logging
import re
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import pyarrow as pa

from pipeline_components.data.examples import Examples, write_examples
from pipeline_components.data.schema import DataSchema
from pipeline_components.data.tfds_folder import Records, TfdsFolder, read_folder
from pipeline_components.errors import BadConfig
from pipeline_components.preprocess import baseline as baselines
from pipeline_components.preprocess import schema as schemas
from pipeline_components.preprocess.anomalies import accepted, stop_on_errors
from pipeline_components.preprocess.config import PreprocessConfig
from pipeline_components.preprocess.split import stratified
from pipeline_components.preprocess.validation import validate

log = logging.getLogger(__name__)

NUMBERS = re.compile(r"\[[\d\s.,e+-]+\]")


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

    Reads the tfds folder `examples/` of an ingest artifact, and `statistics.json` of the preprocess artifact that
    the served model was trained on, if there is one. Raises BadData when the data has an error, before any training.
    """
    folder = read_folder(examples / "examples")
    schema = DataSchema.model_validate(config.data_schema) if config.data_schema else schemas.infer(folder)
    stop_on_errors(folder.name, schemas.violations(folder, schema))
    splits = split(folder, config)
    log.info("%s: %s", folder.name, ", ".join(f"{len(part):,} {name}" for name, part in splits.items()))
    before = baselines.of_artifact(baseline) if baseline else baselines.of_line(schema)
    findings = validate(splits, schema, before, config.anomaly_tolerance)
    anomalies = accepted(findings.anomalies, config.accept_drift)
    stop_on_errors(folder.name, anomalies)
    for anomaly in anomalies:
        log.warning("%s: %s", anomaly.anomaly, anomaly.message)
    for name, part in splits.items():
        write_examples(out / f"{name}.arrow", part)
    _write_json(out / "schema.json", schema.model_dump(mode="json"))
    _write_json(out / "statistics.json", findings.statistics)
    _write_json(out / "anomalies.json", {"anomalies": [anomaly.as_json() for anomaly in anomalies]})
    sizes = {name: len(part) for name, part in splits.items()}
    return PreprocessFacts(
        dataset=folder.name,
        classes=len(folder.classes),
        train=sizes["train"],
        validation=sizes["validation"],
        test=sizes["test"],
        warnings=len(anomalies),
    )


def split(folder: TfdsFolder, config: PreprocessConfig) -> dict[str, Examples]:
    """The training split parted into train and validation, and the test split as it is."""
    source = _examples(folder.splits["train"])
    train, validation = stratified(source.label, config.validation_fraction, config.split_seed)
    if not len(validation):
        share = f"{config.validation_fraction:g} of {len(source):,} examples"
        raise BadConfig(f"validation_fraction: {share} is none: hold out a larger share")
    return {
        "train": source.take(train),
        "validation": source.take(validation),
        "test": _examples(folder.splits["test"]),
    }


def _examples(records: Records) -> Examples:
    """Checked records as examples."""
    ids = pa.array(records.ids(np.arange(len(records))), pa.string())
    return Examples(records.image, records.label.astype(np.uint8), ids)


def _write_json(file: Path, content: Any) -> None:
    """JSON that people can read, lists of numbers on one line, and that digests can trust: no NaN."""
    text = json.dumps(content, indent=1, allow_nan=False)
    file.write_text(NUMBERS.sub(lambda match: " ".join(match[0].split()), text) + "\n")
