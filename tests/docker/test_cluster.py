"""The Compose file on a real engine: work that spreads, machines that die, images that hold what they should."""

import json
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline_components.local_airflow.rest import wait_for
from tests.kits.engine import ROOT, Cluster, Engine

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.docker, pytest.mark.timeout(1800)]
COMPONENTS = ("ingest", "preprocess", "train", "evaluate", "report", "export")
LONG = {"epochs": 200, "batch_size": 32, "force_bless": "a test of outages"}  # overfitted, so the rules would refuse it
FOLLOWS_S = 5  # a prediction server takes up what was pushed
FIRST_S = 60  # the first one loads TensorFlow besides
OUTAGE_S = 20  # longer than Airflow's own patience with its API server, 4 to 16 s
NETWORK = "digits-test_default"
SECRET = r"index.url *=|find.links *=|//[^/ ]+/simple|PRIVATE KEY-"  # or where packages came from


def record(up: Cluster, run_id: str) -> dict[str, Any]:
    return next(each for each in json.loads(up.digits("worker", "runs", "--json")) if each["run_id"] == run_id)


def artifacts(up: Cluster) -> set[str]:
    return {each["id"] for each in json.loads(up.digits("worker", "ls", "--json"))}


def version(up: Cluster) -> int | None:
    found: int | None = httpx.get(f"{up.prediction}/health").json().get("version")
    return found


@pytest.fixture(scope="module")
def trained(up: Cluster) -> str:
    run_id = up.retrain()
    up.finish(run_id)
    return run_id


def test_a_retraining_spreads_over_hosts_and_its_model_is_served(up: Cluster, trained: str) -> None:
    tasks = up.finish(trained)
    services = up.containers()
    others = {task["hostname"] for name, task in tasks.items() if name != "train" and task["hostname"]}
    assert {services[each] for each in others} == {"worker"}
    assert services[tasks["train"]["hostname"]] == "trainer", "so two hosts took part, which share no disk"
    assert record(up, trained)["verdict"] == "blessed"
    for container in up.containers("worker", "trainer"):
        assert up.engine.docker("exec", container, "digits", "verify").startswith("intact")
    lineage = up.digits("worker", "lineage", "export/1")
    assert all(f"{name}/1" in lineage for name in ("ingest", "preprocess", "train", "evaluate"))
    wait_for(lambda: version(up) == 1, FIRST_S, "version 1 is not served")


def test_the_same_again_makes_nothing(up: Cluster, trained: str) -> None:
    run_id = up.retrain()
    up.finish(run_id)
    steps = record(up, run_id)["steps"]
    assert {name for name, step in steps.items() if step["hit"]} == set(COMPONENTS)


def test_a_trainer_that_is_killed_is_replaced_by_the_other(up: Cluster, trained: str) -> None:
    run_id = up.retrain(**LONG, seed=1)
    killed = up.running(run_id, "train")
    time.sleep(15)  # some epochs are on disk
    up.engine.docker("kill", killed)
    try:
        task = up.finish(run_id)["train"]
        assert task["try_number"] == 2
        assert task["hostname"] != killed
        assert up.containers()[task["hostname"]] == "trainer"
        assert up.digits("worker", "verify").startswith("intact")
    finally:
        up.engine.docker("start", killed)


@pytest.mark.parametrize("service", ["scheduler", "redis", "postgres", "s3"])
def test_a_run_outlives_a_service_that_is_killed_and_comes_back(up: Cluster, trained: str, service: str) -> None:
    before = artifacts(up)
    run_id = up.retrain(**LONG, seed=2 + len(service))
    up.running(run_id, "train")
    up.compose("kill", service)
    time.sleep(OUTAGE_S)
    up.compose("start", service)
    up.finish(run_id)
    steps = record(up, run_id)["steps"]
    made = {step["id"] for step in steps.values() if not step["hit"]}
    assert artifacts(up) - before == made, "nothing twice"
    assert up.digits("worker", "verify").startswith("intact")


def test_a_trainer_that_is_cut_off_for_a_while_leaves_nothing_partial(up: Cluster, trained: str) -> None:
    before = artifacts(up)
    run_id = up.retrain(**LONG, seed=1000)
    cut_off = up.running(run_id, "train")
    up.engine.docker("network", "disconnect", NETWORK, cut_off)
    try:
        time.sleep(OUTAGE_S)
        assert artifacts(up) - before <= {f"{name}/{n}" for name in ("ingest", "preprocess") for n in range(1, 9)}
    finally:
        up.engine.docker("network", "connect", NETWORK, cut_off)
    made = {step["id"] for step in (up.finish(run_id) and record(up, run_id)["steps"]).values() if not step["hit"]}
    assert artifacts(up) - before == made, "nothing twice"
    assert up.digits("worker", "verify").startswith("intact")


def test_a_prediction_server_follows_a_rollback_and_no_request_fails(up: Cluster, trained: str) -> None:
    up.finish(up.retrain(epochs=19, force_bless="a test of rollback"))
    wait_for(lambda: (version(up) or 0) > 1, FOLLOWS_S, "the new version is not served")
    failed: list[Any] = []
    ended = threading.Event()

    def ask() -> None:
        image = {"instances": [[[0] * 28] * 28]}
        with httpx.Client(base_url=up.prediction) as client:
            while not ended.is_set():
                if (answer := client.post("/v1/models/digits:predict", json=image)).status_code != httpx.codes.OK:
                    failed.append(answer.text)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        before = version(up)
        up.digits("worker", "rollback")
        wait_for(lambda: version(up) != before, FOLLOWS_S, "the rollback is not served")
    finally:
        ended.set()
        asking.join()
    assert failed == []


def test_no_container_is_root_or_writes_to_its_image(up: Cluster, trained: str) -> None:
    for container, service in up.containers().items():
        (found,) = json.loads(up.engine.docker("inspect", container))
        users = {line.split()[1] for line in up.engine.docker("top", container, "-eo", "pid,uid").splitlines()[1:]}
        assert "0" not in users, service
        assert found["HostConfig"]["ReadonlyRootfs"], service


def test_serving_is_small_and_neither_image_holds_a_secret_or_an_index(engine: Engine) -> None:
    images = ("digits-pipeline", "digits-serving")
    sizes = {image: int(engine.docker("image", "inspect", "--format", "{{.Size}}", image)) for image in images}
    print(f"\n{sizes}")
    assert sizes["digits-serving"] <= 0.45 * sizes["digits-pipeline"]
    places = "/opt/app /opt/digits/pyvenv.cfg /etc/pip* /etc/uv* /root /home /tmp /run/secrets"
    search = f"grep -rIlsE '{SECRET}' {places}; true"
    for image in images:
        run = ("run", "--rm", "--user", "0", "--network", "none", "--entrypoint", "sh", image, "-c", search)
        assert engine.docker(*run) == ""
        history = engine.docker("history", "--no-trunc", image)
        assert not re.search(f"{SECRET}|PASSWORD=", history)


def test_a_change_of_the_code_rebuilds_no_packages(engine: Engine, tmp_path: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    with (tmp_path / "pipeline_components" / "shape.py").open("a") as changed:
        changed.write("\n# changed\n")
    layers = "{{range .RootFS.Layers}}{{.}} {{end}}"
    before = engine.docker("image", "inspect", "--format", layers, "digits-pipeline").split()
    print(f"\nbuilt again in {engine.build(tmp_path):.1f} s")
    after = engine.docker("image", "inspect", "--format", layers, "digits-pipeline").split()
    same = [one for one, other in zip(before, after, strict=True) if one == other]
    assert len(same) >= len(before) - 3, "only the code's layers are new"
    engine.build()
