"""Airflow's metrics, where the environment switches them on: as README names the variables."""

import pytest

from tests.kits.airflow import python
from tests.kits.listening import hook

pytestmark = pytest.mark.airflow
COUNT = """
from airflow.observability.metrics import stats_utils
from airflow._shared.observability.metrics import stats
stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
stats.incr("scheduler_heartbeat")
print()
"""


def test_metrics_go_to_an_opentelemetry_collector_where_the_environment_names_one(airflow_env: dict[str, str]) -> None:
    metrics = pytest.importorskip("opentelemetry.proto.collector.metrics.v1.metrics_service_pb2")
    with hook(read=metrics.ExportMetricsServiceRequest.FromString) as collector:
        told = {
            "AIRFLOW__METRICS__OTEL_ON": "True",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        }
        python(COUNT, airflow_env | told)
    found = {
        metric.name
        for path, _, body in collector.told
        for resource in body.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if path == "/v1/metrics"
    }
    assert "airflow.scheduler_heartbeat" in found
