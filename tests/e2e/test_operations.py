"""What operations see of a real Airflow that was started with it switched on: red runs, metrics, lineage."""

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline_components.local_airflow.home import Home
from pipeline_components.local_airflow.processes import living
from pipeline_components.local_airflow.rest import wait_for
from tests.kits.airflow import PATIENCE_S, Place, Served
from tests.kits.listening import Hook, datagrams, hook

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


@dataclass
class Watched:
    """A running Airflow, and what it has sent."""

    served: Served
    webhook: Hook
    metrics: list[str]
    events: Path


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    pytest.importorskip("airflow", reason="needs Airflow: install the extra `airflow`")
    pytest.importorskip("statsd", reason="needs statsd: install the extra `cluster`")
    pytest.importorskip("airflow.providers.openlineage", reason="needs OpenLineage: install the extra `cluster`")
    folder = tmp_path_factory.mktemp("operations")
    events = folder / "events"
    with hook() as webhook, datagrams() as (port, metrics):
        environment = {
            "DIGITS_NOTIFY": "alerts",
            "AIRFLOW_CONN_ALERTS": f"{webhook.address}/T/B",
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(port),
            "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(
                {"type": "file", "log_file_path": str(events), "append": True}
            ),
        }
        place = Place(Home.at(folder / "airflow"), folder / "artifacts", folder, environment)
        served = place.up()
        yield Watched(served, webhook, metrics, events)
        assert served.interrupt(signal.SIGTERM) == 130
        assert not living(place.home)


def test_a_red_run_is_told_once_in_one_line(watched: Watched) -> None:
    run_id = watched.served.airflow.trigger({"epohcs": 3})
    assert watched.served.finish(run_id)["state"] == "failed"
    wait_for(lambda: watched.webhook.told, PATIENCE_S, "nobody was told")
    ((path, _, body),) = watched.webhook.told
    reason = "bad parameter: validate_parameters: unknown parameter 'epohcs'; did you mean 'epochs'?"
    assert path == "/T/B"
    assert body["text"].startswith(f"digits_retraining {run_id}: {reason} http://127.0.0.1:")
    assert "/dags/digits_retraining/runs/" in body["text"]


def test_metrics_of_the_run_arrive(watched: Watched) -> None:
    def names() -> set[str]:
        return {line.partition(":")[0] for line in watched.metrics}

    failed = "airflow.dagrun.duration.failed.digits_retraining"
    wait_for(lambda: failed in names(), PATIENCE_S, f"{failed} has not come")
    assert "airflow.ti.finish.digits_retraining.validate_parameters.failed" in names()
    assert "airflow.scheduler_heartbeat" in names()


def test_lineage_names_the_artifacts_that_tasks_read_and_made(watched: Watched) -> None:
    parameters = {"dataset": "mnist_sample", "epochs": 1, "accuracy_threshold": 0.1}
    assert watched.served.finish(watched.served.airflow.trigger(parameters))["state"] == "success"

    def told() -> dict[str, tuple[set[str], set[str]]]:
        events = map(json.loads, watched.events.read_text().splitlines())
        ended = [event for event in events if event["eventType"] == "COMPLETE"]
        return {event["job"]["name"]: (names(event["inputs"]), names(event["outputs"])) for event in ended}

    def names(datasets: list[dict[str, Any]]) -> set[str]:
        return {"/".join(each["name"].split("/")[-2:]) for each in datasets}

    wait_for(lambda: "digits_retraining.export" in told(), PATIENCE_S, "no event of the export has come")
    assert told()["digits_retraining.ingest"] == (set(), {"ingest/1"})
    assert told()["digits_retraining.train"] == ({"preprocess/1"}, {"train/1"})
    assert told()["digits_retraining.export"] == ({"preprocess/1", "train/1", "evaluate/1"}, {"export/1"})
    assert told()["digits_retraining.gate"] == (set(), set())
