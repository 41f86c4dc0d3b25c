"""The batch DAG: woken by the served model's asset, run for real in a process of its own, on a folder of images."""

import json
import shutil

import numpy as np
import pytest

from tests.kits.airflow import python, run_task
from tests.kits.images import encoded, one

pytestmark = pytest.mark.airflow

RUN = """
import json, sys
import digits_batch_predict
assert "tensorflow" not in sys.modules
dag = digits_batch_predict.digits_batch_predict()
print(json.dumps({"assets": [asset.name for asset in dag.timetable.asset_condition.objects],
                  "tasks": dag.task_ids, "params": sorted(dag.params), "description": dag.description,
                  "owners": sorted({task.owner for task in dag.tasks}),
                  "retries": sorted({task.retries for task in dag.tasks})}))
"""


def test_the_served_models_asset_wakes_it(airflow_env):
    assert json.loads(python(RUN, airflow_env)) == {
        "assets": ["digits/served-model"],
        "tasks": ["predict"],
        "params": ["images", "predict_batch"],
        "description": "Recognises a folder of images when a run of `digits_retraining` has put another version into "
        "service.",
        "owners": ["digits"],
        "retries": [2],
    }


@pytest.mark.slow
def test_a_folder_becomes_an_artifact_once(airflow_env, finished, tmp_path):
    images, store = tmp_path / "images", shutil.copytree(finished, tmp_path / "store")
    images.mkdir()
    (images / "1.png").write_bytes(encoded(one()))
    environment = airflow_env | {"DIGITS_STORE": str(store)}

    def predict(folder, **variables):
        params = {"images": folder and str(folder), "predict_batch": 8}
        return run_task("digits_batch_predict", "predict", environment | variables, params)

    assert predict(images)["result"] == "predict/1"
    assert predict(None, DIGITS_BATCH_DIR=str(images))["result"] == "predict/1", "nothing changed: a hit"
    (images / "blank.png").write_bytes(encoded(np.zeros((9, 9), np.uint8)))
    assert predict(images)["result"] == "predict/2"
    assert predict(None)["raised"].startswith("AirflowSkipException: no folder of images")
    nowhere = predict(tmp_path / "nowhere")
    assert (nowhere["raised"], nowhere["xcom"]["error"]["ending"]) == ("SystemExit: 2", "bad data")
    facts = json.loads((store / "predict" / "2" / "artifact.json").read_text())["facts"]
    assert (facts["images"], facts["unreadable"]) == (2, 1)
