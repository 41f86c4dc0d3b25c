"""A run's story: how it ended and why, what each component made or found, what was asked, what is served now."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pipeline_components.browse.runs import RunLine, line_of, number
from pipeline_components.browse.versions import Version, current_of
from pipeline_components.chain.components import COMPONENTS
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import StoreError
from pipeline_components.store import Store
from pipeline_components.store.ids import is_id
from pipeline_components.store.runs import run_ids


@dataclass(frozen=True)
class StepLine:
    """What became of a component; `id` is empty where it left no artifact."""

    component: str
    id: str
    how: str
    why: str
    elapsed_s: float | None


@dataclass(frozen=True)
class Parameter:
    """A parameter that is not as by default, or not as in the run before; what is not known is None."""

    name: str
    here: Any
    default: Any
    before: Any
    differs_from_default: bool
    differs_from_before: bool


@dataclass(frozen=True)
class Story:
    """Everything that the page of a run says."""

    line: RunLine
    reasons: list[str]
    notes: list[str]
    steps: list[StepLine]
    parameters: list[Parameter]
    before: str
    report: str
    evaluation: str
    champion: str
    served: Version | None
    earlier: list[RunLine]


def story_of(store: Store, run_id: str) -> Story:
    """The story of a recorded run; raises StoreError if there is no record."""
    record = store.run(run_id)
    before, steps = before_of(store, run_id, record), steps_of(record)
    made, report = {each.component: each.id for each in steps}, record.get("report")
    evaluation = made.get("evaluate", "")
    return Story(
        line=line_of(record),
        reasons=texts(record.get("reasons")),
        notes=[*_decision(record), *texts([record.get("held_back")]), *texts(record.get("judged_again"))],
        steps=steps,
        parameters=parameters_of(record, before),
        before=str(before.get("run_id") or ""),
        report=str(report) if is_id(report) else made.get("report", ""),
        evaluation=evaluation,
        champion=_champion(store, evaluation),
        served=_served(store),
        earlier=earlier_of(record),
    )


def earlier_of(record: Mapping[str, Any]) -> list[RunLine]:
    """The attempts before the last one of a run that was cleared."""
    earlier, run_id = record.get("earlier"), record.get("run_id")
    return [line_of(each | {"run_id": run_id}) for each in earlier] if isinstance(earlier, list) else []


def steps_of(record: Mapping[str, Any]) -> list[StepLine]:
    """What became of each component, those that failed last."""
    steps, failures = record.get("steps"), record.get("failures")
    found = [
        StepLine(
            str(name),
            str(each.get("id")) if is_id(each.get("id")) else "",
            "reused" if each.get("hit") else "made",
            str(each.get("why") or "").removeprefix("HIT: ").removeprefix("MISS: "),
            number(each.get("elapsed_s")),
        )
        for name, each in (steps.items() if isinstance(steps, dict) else ())
        if isinstance(each, dict)
    ]
    return found + [
        StepLine(str(each.get("component")), "", "failed", str(each.get("message") or ""), None)
        for each in (failures if isinstance(failures, list) else ())
        if isinstance(each, dict)
    ]


def parameters_of(record: Mapping[str, Any], before: Mapping[str, Any]) -> list[Parameter]:
    """The parameters that are not as by default, or not as in the run before."""
    from pipeline_components.chain.config import PipelineConfig

    here, there = (each.get("parameters") for each in (record, before))
    here, there = here if isinstance(here, dict) else {}, there if isinstance(there, dict) else None
    default = PipelineConfig().flat() | COMPONENTS["tune"].config().model_dump(mode="json")
    found = [
        Parameter(
            name,
            value,
            default.get(name),
            there.get(name) if there else None,
            name not in default or (value is not None and default[name] != value),  # None: left empty in a form
            there is not None and (name not in there or there[name] != value),
        )
        for name, value in here.items()
    ]
    return [each for each in found if each.differs_from_default or each.differs_from_before]


def is_search(record: Mapping[str, Any]) -> bool:
    """Whether a record is that of a search, and not of a retraining."""
    return "searched" in record


def before_of(store: Store, run_id: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The last record before this one that is of a run of its kind, empty if there is none that can be read."""
    ids = run_ids(store.documents())
    for each in reversed(ids[: ids.index(run_id)] if run_id in ids else []):
        with suppress(StoreError):
            before = store.run(each)
            if is_search(before) == is_search(record):
                return before
    return {}


def _champion(store: Store, evaluation: str) -> str:
    """The evaluation of the champion that a model was held against; empty if there was none, or it is gone."""
    with suppress(StoreError, KeyError, TypeError):
        champion = store.artifact(evaluation).manifest.inputs["champion"]["id"]
        return str(store.artifact(champion).manifest.inputs["evaluation"]["id"])
    return ""


def _served(store: Store) -> Version | None:
    with suppress(StoreError):
        return current_of(store, store.served(MODEL_NAME))
    return None


def _decision(record: Mapping[str, Any]) -> list[str]:
    """What a person decided about the model, unless it stands among the reasons already."""
    told = record.get("decision")
    if not isinstance(told, dict) or record.get("ending") == "rejected":
        return []
    return [f"{told.get('decision')} by {told.get('by')} on {str(told.get('at'))[:16]}: {told.get('reason')}"]


def texts(values: object) -> list[str]:
    """Those of a list that are texts, and not empty."""
    return [each for each in values if isinstance(each, str) and each] if isinstance(values, list) else []
