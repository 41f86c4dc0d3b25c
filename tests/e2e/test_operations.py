"""What operations see of a real Airflow that was started with it switched on: who is told of a red run, and metrics."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass

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


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    pytest.importorskip("airflow", reason="needs Airflow: install the extra `airflow`")
    pytest.importorskip("statsd", reason="needs statsd: install the extra `cluster`")
    folder = tmp_path_factory.mktemp("operations")
    with hook() as webhook, datagrams() as (port, metrics):
        environment = {
            "DIGITS_NOTIFY": "alerts",
            "AIRFLOW_CONN_ALERTS": f"{webhook.address}/T/B",
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(port),
        }
        place = Place(Home.at(folder / "airflow"), folder / "artifacts", folder, environment)
        served = place.up()
        yield Watched(served, webhook, metrics)
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
