"""What is known of a study's trials, as a file: `study.json`. The models that they made are artifacts of train."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict, get_args

from pipeline_components.errors import BadData
from pipeline_components.json_files import read_json, write_json

FILE = "study.json"
State = Literal["complete", "pruned", "failed"]


class Trial(TypedDict):
    """A trial that has begun: what it tried, how far it came, and if it failed, why.

    One that is complete or pruned, given up early, has left an artifact of train, whose validation figures these are.
    """

    number: int
    state: State
    parameters: dict[str, Any]
    epochs: int
    validation_loss: float | None
    validation_accuracy: float | None
    reason: str
    elapsed_s: float


def write_trials(trials: Sequence[Trial], folder: Path) -> None:
    """Write study.json, in the order of their numbers."""
    write_json(folder / FILE, {"trials": sorted(trials, key=lambda trial: trial["number"])})


def read_trials(folder: Path) -> list[Trial]:
    """The trials in a folder's study.json; raises BadData for any other file."""
    found = read_json(folder / FILE).get("trials")
    if not isinstance(found, list) or not all(map(_is_trial, found)):
        raise BadData(f"{folder / FILE}: no list of trials as a search writes it: name a folder that has one")
    return found


def _is_trial(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == Trial.__annotations__.keys()
        and value["state"] in get_args(State)
        and isinstance(value["parameters"], dict)
        and all(type(value[name]) is int for name in ("number", "epochs"))
        and all(type(value[name]) in (float, type(None)) for name in ("validation_loss", "validation_accuracy"))
        and isinstance(value["reason"], str)
        and type(value["elapsed_s"]) in (int, float)
    )


def has_model(trial: Trial) -> bool:
    """Whether it has left an artifact of train."""
    return trial["state"] != "failed"


def digest_of(trials: Sequence[Trial]) -> str:
    """sha256 over all that is not measured with a clock: the same study gives the same, on whatever machine."""
    told = [{name: value for name, value in trial.items() if name != "elapsed_s"} for trial in trials]
    return hashlib.sha256(json.dumps(told, sort_keys=True, allow_nan=False).encode()).hexdigest()
