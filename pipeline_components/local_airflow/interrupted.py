"""Runs that Airflow was in the middle of when it was stopped: ended before the next scheduler can go on with them."""

import sqlite3
from contextlib import closing
from pathlib import Path


def end_interrupted(database: Path, dag: str) -> list[str]:
    """Fail these runs in Airflow's database while nothing of Airflow runs, and give their ids.

    Over REST it would be too late: the scheduler is there as soon as the API server, and may write the state that it
    has computed from the tasks over the one that it is told.
    """
    if not database.exists():
        return []
    with closing(sqlite3.connect(database)) as opened, opened:
        unended = "dag_id = ? AND state IN ('queued', 'running')"
        try:
            found = opened.execute(f"SELECT run_id FROM dag_run WHERE {unended}", (dag,)).fetchall()
        except sqlite3.OperationalError:  # killed while its tables were made: no run can be there
            return []
        opened.execute(f"UPDATE dag_run SET state = 'failed' WHERE {unended}", (dag,))
    return [run_id for (run_id,) in found]
