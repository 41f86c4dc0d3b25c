"""The note of each ended run in Airflow's UI: how its last attempt ended, and why, in the first words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipeline_components.errors import INTERRUPTED, StoreError
from pipeline_components.local_airflow.rest import DAG, Airflow

STOPPED = f"**{INTERRUPTED}**: Airflow was stopped before the run had ended"
KILLED = f"**{INTERRUPTED}**: the run was marked as ended, or killed, before its verdict"
ENDED = ("success", "failed")


@dataclass
class Notes:
    """The notes of the runs of an Airflow whose tasks work on this store.

    A person's note stays; one that was written here of an earlier attempt makes way for the last attempt's.
    """

    airflow: Airflow
    store: Path
    _since: str | None = field(default=None, init=False)

    def leave(self) -> None:
        """Leave a note on every run that has ended since the last call; at the first one, on every run."""
        for run in self.airflow.ended_runs(self._since):
            self.leave_on(run)
            self._since = max(self._since or "", run["end_date"] or "")

    def leave_on(self, run: Mapping[str, Any]) -> None:
        """Leave a note on a run that has ended."""
        record, before = self._record(run["dag_run_id"]), run["note"] or ""
        attempts = attempts_of(record) if record else []
        ours = [note(self.store, each, run["dag_run_id"]) for each in attempts]
        is_told = bool(record) and _is_of(record or {}, run)
        wanted = ours[-1] if is_told else before if before == STOPPED else KILLED
        if before != wanted and before in ("", KILLED, STOPPED, *ours):
            self.airflow.change_run(run["dag_run_id"], note=wanted)

    def _record(self, run_id: str) -> dict[str, Any] | None:
        from pipeline_components.store import Store

        try:
            return Store.at(self.store).run(run_id)
        except StoreError:
            return None


def attempts_of(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The record as it was after each attempt, the last one last."""
    earlier = record.get("earlier", [])
    return [{**each, "earlier": earlier[:n]} for n, each in enumerate([*earlier, record])]


def _is_of(record: Mapping[str, Any], run: Mapping[str, Any]) -> bool:
    """Whether a record is of the run's last attempt, and not of one before it was cleared."""
    started = run["start_date"] and datetime.fromisoformat(run["start_date"]).replace(microsecond=0)
    return not started or datetime.fromisoformat(record["ended_at"]) >= started


def page_of(run_id: str) -> str:
    """The path of a run's page in Airflow's UI: without host and port, which may be others when it is read."""
    return f"/dags/{DAG}/runs/{quote(run_id, safe='')}/plugin/digits-run"


def note(store: Path, record: Mapping[str, Any], run_id: str) -> str:
    """What an attempt came to, in the Markdown that Airflow's UI shows as the run's note: the reason first."""
    reasons = [*([record["held_back"]] if record.get("held_back") else []), *record["reasons"]]
    lines = [f"**{record.get('ending') or record['verdict']}**" + (f": {reasons[0]}" if reasons else "")]
    lines += [f"- {reason}" for reason in reasons[1:]]
    if "accuracy" in record:
        lines.append(f"- accuracy {record['accuracy']:.4f} on {record['dataset']}")
    if record.get("served_version"):
        of = f", model {record['served_model']}," if record.get("served_model") else ""
        lines.append(f"- version {record['served_version']}{of} is served")
    if record.get("report"):
        lines.append(f"- report: `{store / record['report'] / 'report.html'}`")
    lines.append(f"- [its page]({page_of(run_id)})")
    if earlier := record.get("earlier"):
        before = ", ".join(str(each.get("ending") or each.get("verdict")) for each in earlier)
        lines.append(f"- attempt {len(earlier) + 1}; before it: {before}")
    return "\n".join(lines)
