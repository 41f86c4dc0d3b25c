"""The page to draw on, and corrections from it."""

import base64

import numpy as np
import pytest

from pipeline_components.serving.feedback import Feedback
from tests.kits.asgi import once, talk
from tests.kits.images import encoded, one
from tests.kits.serving import IMAGES, SumVersion, corrections, image_of

PNG = encoded(one())


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
        ({"json": {"image": "AAAA", "label": 7}, "headers": {"sec-fetch-site": "same-site"}}, 403),
        *(
            ({"json": {"image": "AAAA", "label": 7}, "headers": {"origin": origin}}, 403)
            for origin in ("https://evil.example", "null", "http://t:8502", "http://t.evil.example", "")
        ),
        ({"json": {"image": "AAAA", "label": 7}, "headers": {"origin": "http://t"}}, 422),
        ({"json": {"image": "AAAA", "label": 7}, "headers": {"origin": "https://T"}}, 422),
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


class Seeing(SumVersion):
    """A version that can show what it sees: an image's first byte as every pixel."""

    def __init__(self, number, path=None):
        super().__init__(number)
        self.signatures = self.signatures | {"normalise": IMAGES}

    def run(self, signature, batch):
        if signature == "normalise":
            return {"image": np.stack([np.full((28, 28), image[0], np.uint8) for image in batch])}
        return super().run(signature, batch)


def test_a_drawing_is_recognised_as_it_was_seen(folder):
    answer = once(folder, "POST", "/recognise", content=PNG, headers={"content-type": "image/png"}, load=Seeing)
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert np.array_equal(image_of(body["seen"]), np.full((28, 28), PNG[0]))
    assert (body["version"], body["digit"]) == (2, (784 * PNG[0] + 2) % 10)
    assert body["probabilities"][body["digit"]] == body["confidence"] == 1.0


def test_a_correction_is_kept_with_what_was_said_and_seen(folder, tmp_path):
    sent = {"image": base64.b64encode(PNG).decode(), "label": 7}
    kept = tmp_path / "corrections"
    answer = once(folder, "POST", "/feedback", json=sent, feedback=Feedback(kept), load=Seeing)
    assert answer.status_code == 201
    (line,) = corrections(kept)
    assert line["id"] == answer.json()["id"]
    assert (line["label"], line["version"], line["digit"]) == (7, 2, (784 * PNG[0] + 2) % 10)
    assert np.array_equal(line["pixels"], np.full((28, 28), PNG[0]))
    refused = once(folder, "POST", "/feedback", json=sent | {"label": 10}, feedback=Feedback(kept), load=Seeing)
    assert (refused.status_code, refused.json()) == (422, {"error": "label 10 found, 0 to 9 expected"})
    assert len(corrections(kept)) == 1
