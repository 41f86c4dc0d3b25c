"""A run as its logs tell it: whole lines, seconds."""

from pathlib import Path

from pipeline_components.local_airflow.watch import TaskLog, log_file, own_seconds


def test_a_log_is_read_as_it_grows_and_never_half_a_line(tmp_path: Path) -> None:
    task = {"task_id": "train", "try_number": 1}
    file = log_file(tmp_path, "manual__1", task)
    log = TaskLog(file)
    assert list(log.entries()) == []
    file.parent.mkdir(parents=True)
    file.write_text('{"event": "epoch 1/2"}\n{"event": "epo')
    assert [entry["event"] for entry in log.entries()] == ["epoch 1/2"]
    with file.open("a") as more:
        more.write('ch 2/2"}\nnot json\n')
    assert [entry["event"] for entry in log.entries()] == ["epoch 2/2", "not json"]


def test_a_tasks_own_seconds() -> None:
    task = {"start_date": "2026-11-22T08:00:00.5Z", "end_date": "2026-11-22T08:00:02Z"}
    assert own_seconds(task) == 1.5
    assert own_seconds(task | {"end_date": None}) is None
