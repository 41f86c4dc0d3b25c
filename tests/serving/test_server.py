"""Every status that the server answers with, in this process, over versions that need no TensorFlow."""

import asyncio
import json
import threading

import pytest

from pipeline_components.errors import DigitsError
from pipeline_components.hosts import listen
from tests.kits.asgi import GOOD, PREDICT, ROWS, once, talk

PAGE_HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy")


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


def test_status_and_metadata(folder):
    status = once(folder, "GET", "/v1/models/digits").json()["model_version_status"]
    assert [(version["version"], version["state"]) for version in status] == [("2", "AVAILABLE"), ("1", "AVAILABLE")]
    status = once(folder, "GET", "/v1/models/digits/versions/1").json()["model_version_status"]
    assert [version["version"] for version in status] == ["1"]
    metadata = once(folder, "GET", "/v1/models/digits/metadata").json()
    assert metadata["model_spec"]["version"] == "2"
    assert once(folder, "GET", "/v1/models/digits/versions/1/metadata").json()["model_spec"]["version"] == "1"


def test_health_says_which_model_answers_and_how_good_it_is(folder):
    told = {2: {"model": "train/1", "accuracy": 0.98}}
    assert once(folder, "GET", "/health", tell=told.get).json() == {
        "status": "ok",
        "version": 2,
        "feedback": False,
        "model": {"model": "train/1", "accuracy": 0.98},
    }
    assert once(folder, "GET", "/health").json()["model"] is None


def test_the_model_is_asked_for_again_where_the_store_could_not_tell(folder, monkeypatch):
    monkeypatch.setattr("pipeline_components.serving.answering.ASK_AGAIN_S", 0.05)
    answers = iter([None, None, {"model": "train/1"}])

    async def until_told(client):
        while (told := (await client.get("/health")).json()["model"]) is None:
            await asyncio.sleep(0.01)
        return told

    assert talk(folder, until_told, tell=lambda number: next(answers)) == {"model": "train/1"}


def test_the_model_is_never_told_of_another_version(folder):
    """It is looked up once the version has changed: meanwhile nothing is said of it."""
    looked, found = threading.Event(), threading.Event()

    def tell(number):
        if number == 3:
            looked.set()
            found.wait(30)
        return {"model": f"train/{number}"}

    async def before_and_after(client):
        (folder / "3").mkdir()
        (folder / "3" / "saved_model.pb").touch()
        await asyncio.to_thread(looked.wait, 30)
        answers = [(await client.get("/health")).json()]
        found.set()
        while answers[-1]["model"] is None:
            await asyncio.sleep(0.01)  # the answer alone lets nothing else run
            answers.append((await client.get("/health")).json())
        return answers[0], answers[-1]

    before, after = talk(folder, before_and_after, tell=tell)
    assert (before["version"], before["model"]) == (3, None)
    assert (after["version"], after["model"]) == (3, {"model": "train/3"})


def test_an_address_in_use_is_told_in_one_line():
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(DigitsError, match=f"127.0.0.1:{port}: cannot listen there"):
            listen("127.0.0.1", port)
    with pytest.raises(DigitsError, match="cannot listen there"):
        listen("127.0.0.1", 99999)
    with pytest.raises(DigitsError, match="cannot listen there"):
        listen("no.such.host.invalid", 0)
