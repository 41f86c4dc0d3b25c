"""The story of a run that searched: what it found, among how many trials, and what was asked."""

from dataclasses import dataclass

from pipeline_components.browse.runs import RunLine, line_of
from pipeline_components.browse.searches import Found, search_of
from pipeline_components.errors import DigitsError, first_line
from pipeline_components.pages.story import (
    Parameter,
    StepLine,
    before_of,
    earlier_of,
    parameters_of,
    steps_of,
    texts,
)
from pipeline_components.store import Store


@dataclass(frozen=True)
class SearchStory:
    """Everything that the page of such a run says; `problem` says why what it found cannot be shown, if it cannot."""

    line: RunLine
    reasons: list[str]
    steps: list[StepLine]
    parameters: list[Parameter]
    before: str
    earlier: list[RunLine]
    found: Found | None
    problem: str


def search_story_of(store: Store, run_id: str) -> SearchStory:
    """The story of a recorded search; raises StoreError if there is no record."""
    record = store.run(run_id)
    before, steps = before_of(store, run_id, record), steps_of(record)
    found, problem = _found(store, {each.component: each.id for each in steps}.get("tune", ""))
    return SearchStory(
        line=line_of(record),
        reasons=texts(record.get("reasons")),
        steps=steps,
        parameters=parameters_of(record, before),
        before=str(before.get("run_id") or ""),
        earlier=earlier_of(record),
        found=found,
        problem=problem,
    )


def trial_model(store: Store, tune: str, number: int) -> str:
    """The artifact of train that a trial of a search left; empty if it left none."""
    found, _ = _found(store, tune)
    return next((each.model for each in found.trials if each.number == number), "") if found else ""


def _found(store: Store, tune: str) -> tuple[Found | None, str]:
    if not tune:
        return None, ""
    try:
        return search_of(store, store.artifact(tune)), ""
    except (DigitsError, OSError) as error:
        return None, first_line(error)
