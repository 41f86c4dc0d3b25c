"""What the server counts."""

from pipeline_components.serving.metrics import ServerMetrics
from tests.kits.asgi import GOOD, PREDICT, talk


def test_metrics_count_what_happened(folder):
    async def three(client):
        for body in (GOOD, GOOD, {}):
            await client.post(PREDICT, json=body)
        await client.get("/anything")
        return await client.get("/metrics")

    answer = talk(folder, three)
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'digits_requests_total{route="predict",status="200"} 2.0' in lines
    assert 'digits_requests_total{route="predict",status="400"} 1.0' in lines
    assert 'digits_requests_total{route="none",status="404"} 1.0' in lines
    assert 'digits_request_seconds_count{route="predict"} 3.0' in lines
    assert "digits_batch_images_sum 2.0" in lines
    assert "digits_model_version 2.0" in lines
    assert "digits_requests_in_flight 1.0" in lines


def test_two_servers_in_one_process_do_not_add_up():
    first, second = ServerMetrics(), ServerMetrics()
    first.answered("predict", 200, 0.02)
    first.answered("predict", 503, 0.3)
    lines = first.render().decode().splitlines()
    assert 'digits_requests_total{route="predict",status="503"} 1.0' in lines
    assert 'digits_request_seconds_bucket{le="0.01",route="predict"} 0.0' in lines
    assert 'digits_request_seconds_bucket{le="0.025",route="predict"} 1.0' in lines
    assert 'digits_request_seconds_sum{route="predict"} 0.32' in lines
    assert "predict" not in second.render().decode()
