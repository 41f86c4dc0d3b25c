"""What a search came to: every trial, the best parameters beside the defaults, and what the defaults come to."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pipeline_components.browse.runs import number
from pipeline_components.errors import BadConfig, BadData, StoreError
from pipeline_components.stats.wilson import wilson
from pipeline_components.store import Artifact, Store
from pipeline_components.store.manifest import input_entries
from pipeline_components.tune import TuneConfig
from pipeline_components.tune.axes import said
from pipeline_components.tune.spaces import Dimension, Range
from pipeline_components.tune.trials import FILE, Trial, has_model, read_trials

PAGE = "study.html"
STATES = {"complete": "complete", "pruned": "given up", "failed": "failed"}
TRAININGS = 100  # the newest of a network, among which one of the defaults is looked for


@dataclass(frozen=True)
class TrialLine:
    """A trial; `model` is its artifact of train, empty if it left none, and `parameters` are as labels."""

    number: int
    state: str
    epochs: int
    loss: float | None
    accuracy: float | None
    seconds: float
    parameters: dict[str, str]
    model: str
    reason: str
    is_best: bool


@dataclass(frozen=True)
class Searched:
    """A parameter that was searched: the best value, the default, and among what it was looked for."""

    name: str
    best: str
    default: str
    among: str


@dataclass(frozen=True)
class Judged:
    """A training as validation judges it; the true accuracy lies between `low` and `high` at 95 %, None if unknown."""

    model: str
    epochs: int
    loss: float | None
    accuracy: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Found:
    """A search: trials the best first, those that failed last; `default` is a training with the defaults, if any is."""

    id: str
    examples: str
    network: str
    trials: list[TrialLine]
    counts: dict[str, int]
    searched: list[Searched]
    best: Judged | None
    default: Judged | None
    config: dict[str, Any]
    validation: int
    page: str


def search_of(store: Store, artifact: Artifact) -> Found | None:
    """What a search came to; None for an artifact that is none. Raises BadData for one whose trials cannot be read."""
    if artifact.component != "tune" or FILE not in artifact.manifest.files:
        return None
    trials, config = read_trials(artifact.path), artifact.manifest.config
    complete = [each for each in trials if each["state"] == "complete" and each["validation_loss"] is not None]
    best = min(complete, key=lambda each: (each["validation_loss"], each["number"]), default=None)
    models = _models(trials, artifact)
    lines = [_line(each, models, best) for each in sorted(trials, key=_order)]
    examples = next(
        (str(each["id"]) for name, each in input_entries(artifact.manifest.inputs) if name == "examples"), ""
    )
    validation, defaults = _validation(store, examples), _defaults(config)
    names = sorted({name for each in trials for name in each["parameters"]})
    return Found(
        id=artifact.id,
        examples=examples,
        network=str(config.get("network")),
        trials=lines,
        counts={told: sum(each.state == told for each in lines) for told in STATES.values()},
        searched=[_searched(name, best, defaults, _dimensions(config)) for name in names],
        best=_judged(models.get(best["number"], ""), best["epochs"], best, validation) if best else None,
        default=_default(store, artifact, defaults, validation),
        config=config,
        validation=validation,
        page=PAGE if PAGE in artifact.manifest.files else "",
    )


def _models(trials: list[Trial], artifact: Artifact) -> dict[int, str]:
    """Trial → the artifact of train that it left, as the manifest names them in the order of the trials."""
    made = [each["number"] for each in trials if has_model(each)]
    ids = _inputs(artifact, "trials")
    if len(made) != len(ids):
        raise BadData(f"{artifact.id}: {len(made)} trials with a model found, and {len(ids)} artifacts of train")
    return dict(zip(made, ids, strict=True))


def _inputs(artifact: Artifact, name: str) -> list[str]:
    return [str(each["id"]) for given, each in input_entries(artifact.manifest.inputs) if given == name]


def _order(trial: Trial) -> tuple[bool, float, int]:
    return trial["validation_loss"] is None, trial["validation_loss"] or 0.0, trial["number"]


def _line(trial: Trial, models: Mapping[int, str], best: Trial | None) -> TrialLine:
    return TrialLine(
        number=trial["number"],
        state=STATES[trial["state"]],
        epochs=trial["epochs"],
        loss=number(trial["validation_loss"]),
        accuracy=number(trial["validation_accuracy"]),
        seconds=float(trial["elapsed_s"]),
        parameters={name: said(value) for name, value in trial["parameters"].items()},
        model=models.get(trial["number"], ""),
        reason=trial["reason"],
        is_best=best is not None and trial["number"] == best["number"],
    )


def _searched(
    name: str, best: Trial | None, defaults: Mapping[str, Any], dimensions: Mapping[str, Dimension]
) -> Searched:
    found = said(best["parameters"][name]) if best and name in best["parameters"] else ""
    return Searched(
        name,
        found,
        said(defaults[name]) if name in defaults else "",
        _among(dimensions[name]) if name in dimensions else "",
    )


def _among(dimension: Dimension) -> str:
    """A dimension in words: `0.0003 to 0.01, by its logarithm`."""
    if not isinstance(dimension, Range):
        return "; ".join(map(said, dimension.values))
    how = ", by its logarithm" if dimension.log else f", in steps of {said(dimension.step)}" if dimension.step else ""
    return f"{said(dimension.low)} to {said(dimension.high)}{how}"


def _dimensions(config: Mapping[str, Any]) -> Mapping[str, Dimension]:
    """What was searched; empty for a config of another time."""
    with suppress(ValidationError, BadConfig, TypeError, KeyError):
        return TuneConfig(**config).dimensions()
    return {}


def _defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter of train as it is where nothing is chosen but the network, the epochs and the seed."""
    from pipeline_components.train import TrainConfig

    fixed = {"network": config.get("network"), "epochs": config.get("trial_epochs"), "seed": config.get("tune_seed")}
    with suppress(ValidationError, BadConfig, TypeError):
        return TrainConfig(**fixed).model_dump(mode="json")
    return {}


def _validation(store: Store, examples: str) -> int:
    """How many validation examples there were; 0 where nothing tells it any more."""
    with suppress(StoreError):
        count = store.artifact(examples).manifest.facts.get("validation")
        return count if type(count) is int else 0
    return 0


def _judged(model: str, epochs: int, told: Mapping[str, Any], validation: int) -> Judged:
    loss, accuracy = number(told.get("validation_loss")), number(told.get("validation_accuracy"))
    low, high = None, None
    if accuracy is not None and 0 <= accuracy <= 1 and validation:
        low, high = wilson(round(accuracy * validation), validation)
    return Judged(model, epochs, loss, accuracy, low, high)


def _default(store: Store, artifact: Artifact, defaults: Mapping[str, Any], validation: int) -> Judged | None:
    """A training of the defaults on the same examples: of as many epochs as the trials, else the newest."""
    config, examples, own = artifact.manifest.config, _inputs(artifact, "examples"), {*_inputs(artifact, "trials")}
    known = [
        each
        for each in reversed(store.summaries("train"))
        if each.facts.get("network") == config.get("network")
        and each.id not in own
        and [source for name, source in each.inputs if name == "examples"] == examples
    ]
    known.sort(key=lambda each: each.facts.get("epochs") != config.get("trial_epochs"))
    for each in known[:TRAININGS] if defaults else ():
        with suppress(StoreError):
            manifest = store.artifact(each.id).manifest
            if _is_default(manifest.config, defaults):
                return _judged(each.id, int(manifest.config["epochs"]), manifest.facts, validation)
    return None


def _is_default(config: Mapping[str, Any], defaults: Mapping[str, Any]) -> bool:
    free = ("epochs", "seed")
    return {**config, **dict.fromkeys(free)} == {**defaults, **dict.fromkeys(free)} and type(config["epochs"]) is int
