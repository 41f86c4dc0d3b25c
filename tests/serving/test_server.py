"""Every status that the server answers with, in this process, over versions that need no TensorFlow."""

import asyncio
import json

import httpx
import numpy as np
import pytest

from pipeline_components.errors import DigitsError
from pipeline_components.serving.answering import Limits
from pipeline_components.serving.feedback import Feedback
from pipeline_components.serving.loading import LoadedVersions
from pipeline_components.serving.server import application, listen
from tests.kits.serving import SumVersion

ROWS = np.zeros((28, 28), int)
ROWS[0, 0] = 7
GOOD = {"instances": [ROWS.tolist()]}
PREDICT = "/v1/models/digits:predict"
PAGE_HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy")


@pytest.fixture
def folder(tmp_path):
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "saved_model.pb").touch()
    return tmp_path


def talk(folder, conversation, *, load=SumVersion, limits=None, feedback=None):
    """What `conversation(client)` returns, a coroutine function of a client of a server of this folder."""

    async def hold():
        app = application(LoadedVersions(folder, load), limits or Limits(poll_s=0.01), feedback)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://t") as client,
        ):
            return await conversation(client)

    return asyncio.run(hold())


def once(folder, method, path, **request):
    keys = ("load", "limits", "feedback")
    server = {key: request.pop(key) for key in keys if key in request}
    return talk(folder, lambda client: client.request(method, path, **request), **server)


def test_a_prediction_says_which_version_made_it(folder):
    answer = once(folder, "POST", PREDICT, json=GOOD)
    assert answer.status_code == 200
    assert answer.headers["x-model-version"] == "2"
    assert answer.headers["content-type"] == "application/json"
    (prediction,) = answer.json()["predictions"]
    assert prediction == {"confidence": 1.0, "digit": 9, "probabilities": [0.0] * 9 + [1.0]}


def test_an_earlier_version_is_asked_by_number(folder):
    answer = once(folder, "POST", "/v1/models/digits/versions/1:predict", json=GOOD)
    assert answer.headers["x-model-version"] == "1"
    assert answer.json()["predictions"][0]["digit"] == 8


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/x-www-form-urlencoded", ""]
)
def test_clients_that_name_the_body_as_curl_does_are_understood(folder, kind):
    assert once(folder, "POST", PREDICT, content=json.dumps(GOOD), headers={"content-type": kind}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "request_", "status", "says"),
    [
        ("POST", PREDICT, {"content": b"{"}, 400, "JSON Parse error"),
        ("POST", PREDICT, {"json": {"instances": [[[1]]]}}, 400, "28×28"),
        ("POST", PREDICT, {"json": {**GOOD, "signature_name": "no"}}, 400, "'no' not found"),
        ("GET", "/", {"path": "/nope"}, 404, "Malformed request: GET /nope"),
        ("GET", "/v1/models/letters", {}, 404, "Servable not found for request: Latest(letters)"),
        ("GET", "/v1/models/letters/versions/2", {}, 404, "Specific(letters, 2)"),
        ("POST", "/v1/models/letters:predict", {"json": GOOD}, 404, "Latest(letters)"),
        ("POST", "/v1/models/digits/versions/3:predict", {"json": GOOD}, 404, "Specific(digits, 3)"),
        ("POST", f"/v1/models/digits/versions/{'9' * 5000}:predict", {"json": GOOD}, 404, "Specific(digits, 999"),
        ("POST", "/v1/models/digits/versions/-1:predict", {"json": GOOD}, 404, "Specific(digits, -1)"),
        ("POST", "/v1/models/digits/versions/²:predict", {"json": GOOD}, 404, "Specific(digits, ²)"),
        ("GET", "/v1/models/digits/versions/3/metadata", {}, 404, "Specific(digits, 3)"),
        ("GET", "/page/../server.py", {}, 404, "Malformed request"),
        ("GET", "/v1/models/digits:predict", {}, 404, "Latest(digits:predict)"),
        ("POST", "/v1/models/digits:classify", {"json": GOOD}, 405, "Malformed request"),
        ("POST", "/health", {}, 405, "Malformed request: POST /health"),
        ("POST", PREDICT, {"content": b" " * 1_000_001}, 413, "larger than 1000000 bytes"),
        ("POST", PREDICT, {"json": {"instances": [ROWS.tolist()] * 257}}, 413, "at most 256"),
        ("POST", PREDICT, {"content": b"", "headers": {"content-type": "image/png"}}, 415, "'image/png' found"),
        ("POST", PREDICT, {"json": GOOD, "headers": {"content-encoding": "gzip"}}, 415, "'gzip' found"),
        ("POST", "/recognise", {"json": {}}, 415, "image/png or image/jpeg expected"),
        ("POST", "/feedback", {"json": {}}, 404, "--feedback"),
    ],
)
def test_errors_in_tensorflow_servings_form(folder, method, path, request_, status, says):
    path = request_.get("path", path)
    answer = once(folder, method, path, **{k: v for k, v in request_.items() if k != "path"})
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert says in answer.json()["error"]
    assert all(name in answer.headers for name in PAGE_HEADERS)


def test_a_body_without_a_length_is_cut_off_at_the_limit(folder):
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 100_000
            yield b" " * 100_000

    assert once(folder, "POST", PREDICT, content=endless()).status_code == 413
    assert sent <= 1_200_000


def test_a_body_that_does_not_come_is_not_waited_for(folder):
    async def slow():
        yield b"{"
        await asyncio.sleep(60)

    answer = once(folder, "POST", PREDICT, content=slow(), limits=Limits(deadline_s=0.05))
    assert answer.status_code == 408
    assert answer.json() == {"error": "body not received within 0.05 s"}


def test_a_model_that_does_not_answer_is_not_waited_for(folder):
    def load(number, path):
        return SumVersion(number, delay_s=0.3)

    answer = once(folder, "POST", PREDICT, json=GOOD, load=load, limits=Limits(deadline_s=0.05))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert "no answer within 0.05 s" in answer.json()["error"]


def test_more_requests_than_the_server_bears_are_sent_away_at_once(folder):
    def load(number, path):
        return SumVersion(number, delay_s=0.2)

    async def crowd(client):
        answers = await asyncio.gather(*(client.post(PREDICT, json=GOOD) for _ in range(10)), client.get("/health"))
        later = await client.post(PREDICT, json=GOOD)
        return [answer.status_code for answer in answers], later.status_code

    statuses, later = talk(folder, crowd, load=load, limits=Limits(requests_in_flight=4))
    assert statuses == [200] * 4 + [429] * 6 + [200]
    assert later == 200


def test_without_a_version_the_server_says_so_and_waits(tmp_path):
    async def before_and_after(client):
        before = [await client.post(PREDICT, json=GOOD), await client.get("/health")]
        before += [await client.get("/v1/models/digits"), await client.get("/v1/models/digits/metadata")]
        (tmp_path / "1").mkdir()
        (tmp_path / "1" / "saved_model.pb").touch()
        while (await client.get("/health")).status_code != 200:
            await asyncio.sleep(0.005)
        return before, await client.post(PREDICT, json=GOOD)

    before, after = talk(tmp_path, before_and_after)
    assert [answer.status_code for answer in before] == [503] * 4
    assert "push an export first" in before[0].json()["error"]
    assert before[1].json() == {"status": "no version is served yet", "version": None, "feedback": False}
    assert after.status_code == 200


def test_a_bug_is_logged_and_not_shown(folder, caplog):
    class Broken(SumVersion):
        def run(self, signature, batch):
            raise RuntimeError("a secret")

    answer = once(folder, "POST", PREDICT, json=GOOD, load=Broken)
    assert answer.status_code == 500
    assert answer.json() == {"error": "internal error: see the server's log"}
    assert "a secret" in caplog.text


def test_status_and_metadata(folder):
    status = once(folder, "GET", "/v1/models/digits").json()["model_version_status"]
    assert [(version["version"], version["state"]) for version in status] == [("2", "AVAILABLE"), ("1", "AVAILABLE")]
    status = once(folder, "GET", "/v1/models/digits/versions/1").json()["model_version_status"]
    assert [version["version"] for version in status] == ["1"]
    metadata = once(folder, "GET", "/v1/models/digits/metadata").json()
    assert metadata["model_spec"]["version"] == "2"
    assert once(folder, "GET", "/v1/models/digits/versions/1/metadata").json()["model_spec"]["version"] == "1"


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


@pytest.mark.parametrize("path", ["/", "/page.css", "/page.js", "/icon.svg"])
def test_the_page_is_served_whole_and_asks_nothing_of_others(folder, path):
    async def twice(client):
        first = await client.get(path)
        return first, await client.get(path, headers={"if-none-match": first.headers["etag"]})

    first, second = talk(folder, twice)
    assert (first.status_code, second.status_code, second.content) == (200, 304, b"")
    assert "default-src 'none'" in first.headers["content-security-policy"]
    assert "unsafe" not in first.headers["content-security-policy"]
    assert "https://" not in first.text
    assert first.text.replace("http://www.w3.org/2000/svg", "").find("http://") == -1


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"content": "x"}, 415),
        ({"json": {"image": "AAAA", "label": 7}, "headers": {"sec-fetch-site": "cross-site"}}, 403),
        ({"json": {"image": "&", "label": 7}}, 400),
        ({"json": {"image": "AAAA"}}, 400),
        ({"json": {"image": "AAAA", "label": "7"}}, 400),
        ({"json": {"image": "AAAA", "label": 7, "path": "../../x"}}, 400),
        ({"json": {"image": "", "label": 7}}, 422),
        ({"json": {"image": "AAAA", "label": 7}}, 422),
    ],
)
def test_bad_corrections_are_refused_and_leave_nothing(folder, tmp_path, request_, status):
    kept = tmp_path / "corrections"
    answer = once(folder, "POST", "/feedback", feedback=Feedback(kept), **request_)
    assert answer.status_code == status
    assert not kept.exists()


def test_an_address_in_use_is_told_in_one_line():
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(DigitsError, match=f"127.0.0.1:{port}: cannot listen there"):
            listen("127.0.0.1", port)
    with pytest.raises(DigitsError, match="cannot listen there"):
        listen("127.0.0.1", 99999)
    with pytest.raises(DigitsError, match="cannot listen there"):
        listen("no.such.host.invalid", 0)
