"""A study's trials as a table, and the best of them as parameters of train."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline_components.errors import BadData
from pipeline_components.json_files import read_json
from pipeline_components.tune.config import TuneConfig
from pipeline_components.tune.trials import Trial

MANIFEST = "artifact.json"
COLUMNS = [
    ("trial", pa.int32()),
    ("state", pa.string()),
    ("epochs", pa.int32()),
    ("validation_loss", pa.float64()),
    ("validation_accuracy", pa.float64()),
    ("seconds", pa.float64()),
    ("train_artifact", pa.string()),
    ("reason", pa.string()),
]


def best_of(trials: Sequence[Trial]) -> Trial:
    """The complete trial of the lowest validation loss, the first of equals; raises BadData when there is none."""
    complete = [trial for trial in trials if trial["state"] == "complete" and trial["validation_loss"] is not None]
    if not complete:
        why = next((f": trial {each['number']}: {each['reason']}" for each in trials if each["reason"]), "")
        raise BadData(f"no trial of {len(trials)} was trained to its end{why}")
    return min(complete, key=lambda trial: (trial["validation_loss"], trial["number"]))


def best_config(best: Trial, model: Path, config: TuneConfig) -> dict[str, Any]:
    """The content of best.json: `config` holds the parameters of train that are not as the network says."""
    return {
        "trial": best["number"],
        "train_artifact": artifact_id(model),
        "validation_loss": best["validation_loss"],
        "validation_accuracy": best["validation_accuracy"],
        "config": {
            "network": config.network,
            "epochs": config.trial_epochs,
            "seed": config.tune_seed,
            **best["parameters"],
        },
    }


def artifact_id(folder: Path) -> str | None:
    """The id in an artifact's manifest; None where a folder has none."""
    return str(read_json(folder / MANIFEST)["id"]) if (folder / MANIFEST).is_file() else None


def write_table(trials: Sequence[Trial], models: Mapping[int, Path], file: Path) -> None:
    """Write trials.parquet: COLUMNS, then a column for each parameter, lists in it as JSON."""
    rows = [
        {
            **{name: trial.get(name) for name in ("state", "epochs", "validation_loss", "validation_accuracy")},
            "trial": trial["number"],
            "seconds": trial["elapsed_s"],
            "train_artifact": artifact_id(models[trial["number"]]) if trial["number"] in models else None,
            "reason": trial["reason"] or None,
        }
        for trial in trials
    ]
    table = pa.Table.from_pylist(rows, pa.schema(COLUMNS))
    for name in sorted({name for trial in trials for name in trial["parameters"]}):
        table = table.append_column(name, pa.array(column(trials, name)))
    pq.write_table(table, file)


def column(trials: Sequence[Trial], name: str) -> list[Any]:
    """What each trial tried of a parameter, None where it did not come to that."""
    values = [trial["parameters"].get(name) for trial in trials]
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in values]
    is_mixed = len(kinds) > 1 or bool(kinds & {list, dict})
    return [None if value is None else json.dumps(value) if is_mixed else value for value in values]
