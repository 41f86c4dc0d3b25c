"""The server in a process of its own, over real exports: versions change under load, and nobody notices."""

import base64
import http.client
import threading
import time

import numpy as np
import pytest

from pipeline_components.ingest.png import png
from tests.kits.serving import IMAGE, PREDICT, keep_asking, put_version

SWAPS = 10


def test_the_signatures_of_the_export_are_what_metadata_shows(server):
    status, _, metadata = server.ask("/v1/models/digits/metadata")
    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert status == 200
    assert signature["inputs"]["images"]["dtype"] == "DT_UINT8"
    assert [d["size"] for d in signature["inputs"]["images"]["tensor_shape"]["dim"]] == ["-1", "28", "28"]
    assert {name: output["dtype"] for name, output in signature["outputs"].items()} == {
        "confidence": "DT_FLOAT",
        "digit": "DT_INT64",
        "probabilities": "DT_FLOAT",
    }


def test_the_servers_log_tells_of_the_server_and_not_of_tensorflow(server):
    lines = server.log.read_text().splitlines()
    assert any(line.startswith("version 1 loaded in ") for line in lines) and "serving version 1" in lines
    assert [line for line in lines if "absl" in line or "cuda" in line.lower() or "TensorFlow" in line] == []


def test_rows_and_columns_say_the_same(server):
    _, _, rows = server.ask(PREDICT, {"instances": [IMAGE, IMAGE]})
    _, _, columns = server.ask(PREDICT, {"inputs": {"images": [IMAGE, IMAGE]}})
    assert rows["predictions"] == [
        {name: columns["outputs"][name][i] for name in ("confidence", "digit", "probabilities")} for i in (0, 1)
    ]
    assert sum(rows["predictions"][0]["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_encoded_images_are_answered_or_refused_in_words(server):
    paper = np.full((200, 300, 1), 230, np.uint8)
    blank = png(paper)
    paper[40:160, 140:160] = 20
    sent = {"signature_name": "serve_images", "instances": [{"b64": base64.b64encode(png(paper)).decode()}] * 2}
    status, _, answer = server.ask(PREDICT, sent)
    assert status == 200
    assert answer["predictions"][0]["digit"] == answer["predictions"][1]["digit"]
    for content, says in (
        (png(paper)[:-30], "truncated PNG"),
        (b"%PDF-1.7", "PDF found"),
        (b"", "empty"),
        (blank, "no ink"),
        (b"\xff\xd8\xff\xd9", "an image cannot be read"),
    ):
        sent["instances"][1] = {"b64": base64.b64encode(content).decode()}
        status, _, answer = server.ask(PREDICT, sent)
        assert status == 422
        assert says in answer["error"]


def test_requests_are_cut_off_by_length_before_they_are_read(server):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", PREDICT)
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(10**12))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_a_version_that_does_not_load_never_answers(server, saved_models):
    current = server.ask("/health")[2]["version"]
    (server.folder / "90").mkdir()
    (server.folder / "90" / "saved_model.pb").write_bytes((saved_models / "a" / "saved_model.pb").read_bytes()[:5000])
    until = time.monotonic() + 30
    while "version 90 not served" not in server.log.read_text():
        assert time.monotonic() < until
        assert server.ask(PREDICT, {"instances": [IMAGE]})[1]["X-Model-Version"] == str(current)
    states = server.ask("/v1/models/digits")[2]["model_version_status"]
    assert {state["version"]: state["state"] for state in states}["90"] == "END"
    (server.folder / "90").rename(server.folder / "gone")


def test_soak(server, saved_models):
    """Predictions flow while versions change: none fails, each from a version that was current meanwhile."""
    answers = {name: digits_of(server, saved_models, number) for number, name in ((101, "a"), (102, "b"))}
    assert answers["a"] != pytest.approx(answers["b"], abs=1e-3)
    seen, stop = [], threading.Event()
    threads = [threading.Thread(target=keep_asking, args=(server, seen, stop)) for _ in range(2)]
    for thread in threads:
        thread.start()
    published, took_over = {102: 0.0}, {}
    for number in range(103, 103 + SWAPS):
        put_version(server.folder, number, saved_models / ("a" if number % 2 else "b"))
        published[number] = time.monotonic()
        server.wait_for(number)
        took_over[number] = time.monotonic()
        while all(version != number for _, version, *_ in seen[-20:]):  # on a busy machine nobody may have asked it yet
            time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert {status for status, *_ in seen} == {200}
    assert {version for _, version, *_ in seen} == set(published)
    for _, version, probabilities, began, ended in seen:
        assert probabilities == pytest.approx(answers["a" if version % 2 else "b"], abs=1e-6)
        assert published[version] <= ended
        assert version >= max((number for number, at in took_over.items() if at < began), default=0)


def digits_of(server, saved_models, number):
    """What a version answers, once it is the current one."""
    put_version(server.folder, number, saved_models / ("a" if number % 2 else "b"))
    server.wait_for(number)
    return server.ask(PREDICT, {"instances": [IMAGE]})[2]["predictions"][0]["probabilities"]
