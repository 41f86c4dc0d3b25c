"""A run's story: how it ended and why, what each component made or found, what was asked, what is served now."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pipeline_components.browse.runs import RunLine, line_of, number
from pipeline_components.browse.versions import Version, current_of
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
    before, earlier = _before(store, run_id), record.get("earlier")
    steps = _steps(record)
    evaluation = next((each.id for each in steps if each.component == "evaluate"), "")
    report = record.get("report")
    return Story(
        line=line_of(record),
        reasons=_texts(record.get("reasons")),
        notes=[*_texts([record.get("held_back")]), *_texts(record.get("judged_again"))],
        steps=steps,
        parameters=_parameters(record, before),
        before=str(before.get("run_id") or ""),
        report=str(report) if is_id(report) else next((each.id for each in steps if each.component == "report"), ""),
        evaluation=evaluation,
        champion=_champion(store, evaluation),
        served=_served(store),
        earlier=[line_of(each | {"run_id": run_id}) for each in earlier] if isinstance(earlier, list) else [],
    )


def _steps(record: Mapping[str, Any]) -> list[StepLine]:
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


def _parameters(record: Mapping[str, Any], before: Mapping[str, Any]) -> list[Parameter]:
    from pipeline_components.chain.config import PipelineConfig

    here, there = (each.get("parameters") for each in (record, before))
    here, there = here if isinstance(here, dict) else {}, there if isinstance(there, dict) else None
    default = PipelineConfig().flat()
    found = [
        Parameter(
            name,
            value,
            default.get(name),
            there.get(name) if there else None,
            name not in default or default[name] != value,
            there is not None and (name not in there or there[name] != value),
        )
        for name, value in here.items()
    ]
    return [each for each in found if each.differs_from_default or each.differs_from_before]


def _before(store: Store, run_id: str) -> dict[str, Any]:
    """The record before this one, empty if there is none that can be read."""
    ids = run_ids(store.root)
    place = ids.index(run_id) if run_id in ids else 0
    with suppress(StoreError):
        return store.run(ids[place - 1]) if place else {}
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


def _texts(values: object) -> list[str]:
    return [each for each in values if isinstance(each, str) and each] if isinstance(values, list) else []
