"""Runs that a stopped Airflow has left: they end, and no others; tests/e2e/test_stop.py does it with a real one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline_components.local_airflow.interrupted import end_interrupted


def test_unended_runs_of_the_dag_fail_and_no_others(tmp_path: Path) -> None:
    database = tmp_path / "airflow.db"
    runs = [("ours", "a", "running"), ("ours", "b", "queued"), ("ours", "c", "success"), ("other", "d", "running")]
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("CREATE TABLE dag_run (dag_id TEXT, run_id TEXT, state TEXT)")
        opened.executemany("INSERT INTO dag_run VALUES (?, ?, ?)", runs)
    assert end_interrupted(database, "ours") == ["a", "b"]
    assert end_interrupted(database, "ours") == []
    with closing(sqlite3.connect(database)) as opened:
        states = opened.execute("SELECT run_id, state FROM dag_run ORDER BY run_id").fetchall()
    assert states == [("a", "failed"), ("b", "failed"), ("c", "success"), ("d", "running")]


def test_without_a_database_or_its_tables_there_are_none(tmp_path: Path) -> None:
    assert end_interrupted(tmp_path / "none.db", "ours") == []
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "empty.db").touch()
    assert end_interrupted(tmp_path / "empty.db", "ours") == []
