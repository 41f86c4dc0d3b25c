"""The records of runs, as a list shows them and as a line of history: how each ended, how good its model was."""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pipeline_components.errors import StoreError
from pipeline_components.store import Store
from pipeline_components.store.runs import run_ids

PER_PAGE = 25


@dataclass(frozen=True)
class RunLine:
    """A run in one line; a figure that its record does not tell is None. `low` and `high` bound the accuracy."""

    run_id: str
    ended: str
    verdict: str
    at: str
    elapsed_s: float | None
    model: str
    accuracy: float | None
    low: float | None
    high: float | None
    served: int | None
    reason: str


@dataclass(frozen=True)
class History:
    """One page of the runs, the newest first, those before it that the chart shows, and how many there are."""

    page: list[RunLine]
    recent: list[RunLine]
    total: int
    pages: int


def history_of(store: Store, page: int, charted: int = 60) -> History:
    """The runs of a page, and the last ones for a chart, oldest first."""
    ids = run_ids(store.documents())[::-1]
    first = (page - 1) * PER_PAGE
    wanted = dict.fromkeys([*ids[:charted], *ids[first : first + PER_PAGE]])
    lines = {}
    for run_id in wanted:
        with suppress(StoreError):
            lines[run_id] = line_of(store.run(run_id))
    here, recent = ([lines[each] for each in part if each in lines] for part in (ids[first:][:PER_PAGE], ids[:charted]))
    return History(here, recent[::-1], len(ids), max(1, -(-len(ids) // PER_PAGE)))


def line_of(record: Mapping[str, Any]) -> RunLine:
    """A record in one line, whatever stands in it."""
    reasons = record.get("reasons")
    served = record.get("served_version")
    return RunLine(
        run_id=str(record.get("run_id")),
        ended=how_it_ended(record),
        verdict=str(record.get("verdict") or ""),
        at=str(record.get("ended_at") or ""),
        elapsed_s=number(record.get("elapsed_s")),
        model=str(record.get("model") or ""),
        accuracy=number(record.get("accuracy")),
        low=number(record.get("accuracy_low")),
        high=number(record.get("accuracy_high")),
        served=served if type(served) is int else None,
        reason=str(reasons[0]) if isinstance(reasons, list) and reasons else "",
    )


def how_it_ended(record: Mapping[str, Any]) -> str:
    """`refused`, `bad parameter`, `blessed, held back (attempt 2)`: the last attempt, its reason in a word or two."""
    is_forced = record.get("forced") and record.get("verdict") == "blessed"
    ending = str(record.get("ending") or ("forced" if is_forced else record.get("verdict")))
    earlier = record.get("earlier")
    return f"{ending} (attempt {len(earlier) + 1})" if isinstance(earlier, list) else ending


def number(value: object) -> float | None:
    """A finite number, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
