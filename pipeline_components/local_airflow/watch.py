"""A DAG run as seen in a terminal: each task's lines as they are logged, then its state and seconds."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline_components.local_airflow.rest import DAG, Airflow

ENDED = ("success", "failed", "skipped", "upstream_failed", "removed")
OURS = "pipeline_components"
SILENT = ("validate_parameters", "verdict")  # the first repeats what was asked, the last what the closing table says
POLL_S = 0.5


@dataclass
class TaskLog:
    """One attempt's log file, JSON lines, read as it grows."""

    file: Path
    _read: int = field(default=0, repr=False)

    def entries(self) -> Iterator[dict[str, Any]]:
        """Whole lines added since the last call."""
        try:
            with self.file.open("rb") as log:
                log.seek(self._read)
                added = log.read()
        except FileNotFoundError:
            return
        whole = added[: added.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                yield {"event": line.decode(errors="replace")}


def log_file(logs: Path, run_id: str, task: dict[str, Any]) -> Path:
    """Where Airflow writes this task instance's latest attempt."""
    folder = logs / f"dag_id={DAG}" / f"run_id={run_id}" / f"task_id={task['task_id']}"
    return folder / f"attempt={max(task['try_number'], 1)}.log"


def follow(
    airflow: Airflow, run_id: str, logs: Path, say: Callable[[str], None], check: Callable[[], None]
) -> dict[str, Any]:
    """Say what the run's tasks do until it has ended; the run as it ended. `check` raises when Airflow has died."""
    shown: dict[str, str] = {}
    files: dict[Path, TaskLog] = {}
    while True:
        check()
        run = airflow.run(run_id)
        for task in sorted(airflow.tasks(run_id), key=lambda task: task["start_date"] or "~"):
            file = log_file(logs, run_id, task)
            for entry in files.setdefault(file, TaskLog(file)).entries():
                if str(entry.get("logger", "")).startswith(OURS) and task["task_id"] not in SILENT:
                    say(f"{task['task_id']:<20} {entry['event']}")
            state = task["state"] or "waiting"
            if shown.get(task["task_id"]) != state and (state in ENDED or state == "up_for_retry"):
                say(f"{task['task_id']:<20} {state}{_seconds(task)}")
            shown[task["task_id"]] = state
        if run["state"] in ENDED:
            return run
        time.sleep(POLL_S)


def own_seconds(task: dict[str, Any]) -> float | None:
    """From the task's start to its end, as Airflow recorded it."""
    if not (task["start_date"] and task["end_date"]):
        return None
    return (datetime.fromisoformat(task["end_date"]) - datetime.fromisoformat(task["start_date"])).total_seconds()


def _seconds(task: dict[str, Any]) -> str:
    seconds = own_seconds(task)
    return "" if seconds is None else f"  {seconds:.1f} s"
