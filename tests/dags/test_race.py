"""Two runs of the DAG at once, on one store: the one that comes too late with its verdict is judged again."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store
from tests.kits.numbered import PLAIN, misjudged, number_in

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
RUN = """
import json, os, sys, time
from pathlib import Path
import pytest
from tests.kits.numbered import FUNCTIONS, make_light
make_light(pytest.MonkeyPatch())
os.nice = lambda increment: None  # of all tasks in this one process it would make a standstill
conf, here, go = json.loads(sys.argv[1]), *map(Path, sys.argv[2:])
export = FUNCTIONS["export"]

def export_when_told(*folders, **given):
    here.touch()
    while not go.exists():
        time.sleep(0.05)
    return export(*folders, **given)

FUNCTIONS["export"] = export_when_told
import digits_retraining
run = digits_retraining.digits_retraining().test(run_conf=conf)
states = {task.task_id: str(task.state) for task in run.get_task_instances()}
print(json.dumps({"run_id": run.run_id, "state": str(run.state), "tasks": states}))
"""


def start(environment: dict[str, str], number: int, here: Path, go: Path) -> subprocess.Popen[str]:
    """A run of the DAG with light components, which waits before its export until the file `go` is there."""
    conf = json.dumps(PLAIN | {"seed": number})
    command = [sys.executable, "-c", RUN, conf, str(here), str(go)]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[str]) -> dict[str, Any]:
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr[-2000:]
    return json.loads(stdout.splitlines()[-1])


def raced(environment: dict[str, str], folder: Path, late: int, other: int) -> dict[str, Any]:
    """A run that is held between its verdict and its export while another one serves its model; what came of it."""
    folder.mkdir()
    process = start(environment, late, folder / "held", folder / "go")
    while not (folder / "held").exists():
        assert process.poll() is None, process.communicate()[1][-2000:]
        time.sleep(0.1)
    (folder / "at once").touch()
    ended(start(environment, other, folder / "there", folder / "at once"))
    (folder / "go").touch()
    return ended(process)


def test_a_run_that_comes_too_late_is_judged_again(airflow_env: dict[str, str], tmp_path: Path) -> None:
    environment = airflow_env | {"DIGITS_STORE": str(tmp_path / "artifacts")}
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=environment, capture_output=True, check=True)
    store = Store(tmp_path / "artifacts")
    serving = ServedModel(store.root, MODEL_NAME)

    run = raced(environment, tmp_path / "refused", late=60, other=90)
    record = store.run(run["run_id"])
    assert (run["state"], run["tasks"]["export"]) == ("failed", "skipped")
    assert (record["verdict"], record["reasons"]) == ("refused", ["champion 90 is better than 60"])
    assert record["judged_again"] == ["export/2 was judged against nothing, and digits/1 (export/1) is served by now"]

    run = raced(environment, tmp_path / "served", late=95, other=92)
    record = store.run(run["run_id"])
    assert (run["state"], run["tasks"]["export"]) == ("success", "success")
    assert (record["verdict"], record["served_version"], len(record["judged_again"])) == ("blessed", 3, 1)
    assert "judged again: export/4 was judged against export/1" in serving.journal()[-1].why

    assert [number_in(store.root / version.export) for version in serving.versions()] == [90, 92, 95]
    assert misjudged(store) == []
