"""The batch DAG: woken by the served model's asset, run for real in a process of its own, on a folder of images."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from tests.kits.images import encoded, one

pytestmark = pytest.mark.airflow

RUN = """
import json, sys
sys.path.insert(0, "dags")
import digits_batch_predict
assert "tensorflow" not in sys.modules
dag = digits_batch_predict.digits_batch_predict()
print(json.dumps({"assets": [asset.name for asset in dag.timetable.asset_condition.objects],
                  "tasks": dag.task_ids, "params": sorted(dag.params)}))
"""
CALL = """
import sys
sys.path.insert(0, "dags")
import digits_batch_predict as module
module.get_current_context = lambda: {"params": {"images": sys.argv[1] or None, "predict_batch": 8}, "run_id": "r"}
try:
    print(module.predict())
except Exception as error:
    print(f"{type(error).__name__}: {error}")
"""


def python(code, environment, *arguments):
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_the_served_models_asset_wakes_it(airflow_env):
    assert json.loads(python(RUN, airflow_env)) == {
        "assets": ["digits/served-model"],
        "tasks": ["predict"],
        "params": ["images", "predict_batch"],
    }


@pytest.mark.slow
def test_a_folder_becomes_an_artifact_once(airflow_env, finished, tmp_path):
    images, store = tmp_path / "images", shutil.copytree(finished, tmp_path / "store")
    images.mkdir()
    (images / "1.png").write_bytes(encoded(one()))
    environment = airflow_env | {"DIGITS_STORE": str(store)}
    assert python(CALL, environment, str(images)) == "predict/1"
    assert python(CALL, environment | {"DIGITS_BATCH_DIR": str(images)}, "") == "predict/1", "nothing changed: a hit"
    (images / "blank.png").write_bytes(encoded(np.zeros((9, 9), np.uint8)))
    assert python(CALL, environment, str(images)) == "predict/2"
    assert python(CALL, environment, "").startswith("AirflowSkipException: no folder of images")
    assert python(CALL, environment, str(tmp_path / "nowhere")).startswith("AirflowFailException: ")
    facts = json.loads((store / "predict" / "2" / "artifact.json").read_text())["facts"]
    assert (facts["images"], facts["unreadable"]) == (2, 1)
