"""What the server counts, in Prometheus' format."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
IMAGES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class ServerMetrics:
    """Counters of one server, in a registry of its own: two servers in one process do not add up."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = to = CollectorRegistry()
        requests = Counter("digits_requests", "Requests answered.", ["route", "status"], registry=to)
        seconds = Histogram("digits_request_seconds", "Time to answer.", ["route"], buckets=SECONDS, registry=to)
        self.in_flight = Gauge("digits_requests_in_flight", "Requests being answered now.", registry=to)
        self.batch_size = Histogram(
            "digits_batch_images", "Images in a call of the model.", buckets=IMAGES, registry=to
        )
        self.version = Gauge("digits_model_version", "The version that answers; 0: none yet.", registry=to)
        self.swaps = Counter("digits_model_swaps", "Times that a version took over.", registry=to)
        self.feedback = Counter("digits_feedback", "Corrections saved.", registry=to)
        self._requests = cache(requests.labels)
        self._seconds = cache(seconds.labels)

    def answered(self, route: str, status: int, elapsed_s: float) -> None:
        """Count one request."""
        self._requests(route, status).inc()
        self._seconds(route).observe(elapsed_s)

    def render(self) -> bytes:
        """All of them as text."""
        return generate_latest(self._registry)
