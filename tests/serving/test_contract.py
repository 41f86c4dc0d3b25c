"""TensorFlow Serving's request and answer forms, and every way of getting them wrong."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_components.serving import contract
from pipeline_components.serving.contract import (
    Call,
    RequestError,
    Signature,
    answer,
    metadata_body,
    parse,
    status_body,
)
from tests.kits.serving import IMAGES, PIXELS

SIGNATURES = {"serving_default": PIXELS, "serve_images": IMAGES}
IMAGE = np.arange(784).reshape(28, 28) % 256
ROWS = IMAGE.tolist()
B64 = {"b64": base64.b64encode(b"some bytes").decode()}


def parsed(body):
    return parse(body if isinstance(body, bytes) else json.dumps(body).encode(), SIGNATURES)


@pytest.mark.parametrize(
    ("body", "columnar"),
    [
        ({"instances": [ROWS, ROWS]}, False),
        ({"instances": [{"images": ROWS}, {"images": ROWS}]}, False),
        ({"inputs": [ROWS, ROWS]}, True),
        ({"inputs": {"images": [ROWS, ROWS]}}, True),
        ({"signature_name": "serving_default", "instances": [ROWS, ROWS]}, False),
        ({"signature_name": "", "instances": [ROWS, ROWS], "unknown": {"left": ["alone"]}}, False),
    ],
)
def test_pixels_in_every_form(body, columnar):
    call = parsed(body)
    assert call.signature is PIXELS
    assert call.columnar is columnar
    assert call.batch.dtype == np.uint8
    assert np.array_equal(call.batch, [IMAGE, IMAGE])


@pytest.mark.parametrize(
    ("body", "columnar"),
    [
        ({"instances": [B64]}, False),
        ({"instances": [{"images": B64}]}, False),
        ({"inputs": [B64]}, True),
        ({"inputs": {"images": [B64]}}, True),
    ],
)
def test_encoded_images_in_every_form(body, columnar):
    call = parsed({"signature_name": "serve_images"} | body)
    assert call.columnar is columnar
    assert call.batch.tolist() == [b"some bytes"]


def changed(row, column, value):
    image = [list(line) for line in ROWS]
    image[row][column] = value
    return image


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "JSON Parse error"),
        (b"{", "JSON Parse error"),
        (b"[1]", "Expected an object"),
        (b"null", "JSON Parse error"),
        (b'{"instances": [[[NaN]]]}', "JSON Parse error"),
        (b'{"instances": [[[1e999]]]}', "serving_default"),
        (b'{"instances": [[[' + b"9" * 5000 + b"]]]}", "serving_default"),
        (b'{"instances": ' + b"[" * 100_000, "JSON Parse error"),
        (b'{"instances": ' + b"[" * 900 + b"]" * 900 + b"}", "serving_default"),
        (b'{"a": ' + b'{"a": ' * 50_000, "JSON Parse error"),
        (b'\xff\xfe{"instances": []}', "JSON Parse error"),
        (b'{"signature_name": "\xff", "instances": [[[1]]]}', "JSON Parse error"),
        (b'{"signature_name": "\\ud800", "instances": [[[1]]]}', "JSON Parse error"),
        ({}, "neither found"),
        ({"instances": [ROWS], "inputs": [ROWS]}, "both found"),
        ({"instances": []}, "at least one"),
        ({"inputs": {"images": []}}, "at least one"),
        ({"instances": None}, "serving_default"),
        ({"instances": 7}, "serving_default"),
        ({"instances": "seven"}, "serving_default"),
        ({"instances": ROWS}, "28×28"),
        ({"instances": [ROWS[:27]]}, "27 rows of [28] numbers found"),
        ({"instances": [ROWS, [*ROWS[:27], ROWS[0][:9]]]}, "instance 1: 28 rows of [9, 28] numbers found"),
        ({"instances": [[]]}, "0 rows of no numbers"),
        ({"instances": [changed(3, 4, 256)]}, "<= 255 - at `$[0][3][4]`"),
        ({"instances": [changed(3, 4, -1)]}, ">= 0"),
        ({"instances": [changed(3, 4, 0.5)]}, "Expected a whole number, got `float`"),
        ({"instances": [changed(3, 4, True)]}, "got `bool`"),
        ({"instances": [changed(3, 4, None)]}, "got `null`"),
        ({"instances": [changed(3, 4, "7")]}, "got `str`"),
        ({"instances": [changed(3, 4, [7])]}, "got a list"),
        ({"instances": [{"image": ROWS}]}, "['image'] found, ['images'] expected"),
        ({"instances": [{"images": ROWS, "more": ROWS}]}, "['images', 'more'] found"),
        ({"inputs": {}}, "[] found"),
        ({"instances": [B64]}, '"signature_name": "serve_images"'),
        ({"instances": [ROWS], "signature_name": "serve_images"}, '{"b64": …}'),
        ({"instances": [ROWS], "signature_name": "classify"}, "'classify' not found in signature def"),
        ({"instances": [ROWS], "signature_name": 7}, "Expected `str`"),
        ({"instances": [{"b64": "&&&"}], "signature_name": "serve_images"}, "instance 0: Unable to base64"),
        ({"instances": [{"b64": "AAA"}], "signature_name": "serve_images"}, "Unable to base64"),
        ({"instances": [{"b64": "é"}], "signature_name": "serve_images"}, "Unable to base64"),
        ({"instances": [{"b64": 7}], "signature_name": "serve_images"}, "serve_images"),
        ({"instances": ["AAAA"], "signature_name": "serve_images"}, "serve_images"),
        ({"instances": [{"images": "AAAA"}], "signature_name": "serve_images"}, "plain string"),
        ({"instances": [{"b64": "AAAA", "more": 1}], "signature_name": "serve_images"}, "serve_images"),
    ],
)
def test_a_bad_body_is_told_what_is_wrong(body, says):
    with pytest.raises(RequestError) as raised:
        parsed(body)
    assert raised.value.status == 400
    assert says in str(raised.value)
    assert len(str(raised.value)) < 500


def test_as_many_instances_as_allowed_and_no_more():
    assert parsed({"instances": [ROWS] * 256}).batch.shape == (256, 28, 28)
    with pytest.raises(RequestError, match="257 instances, at most 256") as raised:
        parsed({"instances": [ROWS] * 257})
    assert raised.value.status == 413


@given(st.binary())
def test_any_bytes_make_a_call_or_a_clear_error(body):
    with pytest.raises(RequestError):
        parsed(body)


WORDS = st.sampled_from(["b64", "images", "serve_images", "AAAA", "é", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from(["instances", "inputs", "signature_name"]), JSON | st.just("serve_images")))
def test_any_json_makes_a_call_or_a_clear_error(body):
    try:
        call = parsed(body)
    except RequestError as error:
        assert error.status in (400, 413)
    else:
        assert len(call.batch) > 0


@given(st.lists(st.binary(), min_size=1, max_size=4), st.booleans())
def test_any_encoded_images_make_a_call_of_just_these(images, named):
    encoded = [{"b64": base64.b64encode(image).decode()} for image in images]
    instances = [{"images": each} for each in encoded] if named else encoded
    call = parsed({"signature_name": "serve_images", "instances": instances})
    assert call.signature is IMAGES and call.batch.tolist() == images


OUTPUTS = {"digit": np.array([3, 1]), "probabilities": np.array([[0.25, 0.75], [1, 0]], np.float32)}


def test_answers_by_rows_and_by_columns():
    batch = np.zeros((2, 28, 28), np.uint8)
    assert json.loads(answer(Call(PIXELS, batch, False), OUTPUTS)) == {
        "predictions": [{"digit": 3, "probabilities": [0.25, 0.75]}, {"digit": 1, "probabilities": [1.0, 0.0]}]
    }
    assert json.loads(answer(Call(PIXELS, batch, True), OUTPUTS)) == {
        "outputs": {"digit": [3, 1], "probabilities": [[0.25, 0.75], [1.0, 0.0]]}
    }


def test_a_single_output_goes_without_its_name():
    batch = np.zeros((2, 28, 28), np.uint8)
    assert json.loads(answer(Call(PIXELS, batch, False), {"digit": OUTPUTS["digit"]})) == {"predictions": [3, 1]}
    assert json.loads(answer(Call(PIXELS, batch, True), {"digit": OUTPUTS["digit"]})) == {"outputs": [3, 1]}


def test_status_and_metadata_as_tensorflow_serving_says_them():
    assert json.loads(status_body({1: None, 3: "broken"})) == {
        "model_version_status": [
            {"version": "3", "state": "END", "status": {"error_code": "UNKNOWN", "error_message": "broken"}},
            {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}},
        ]
    }
    metadata = json.loads(metadata_body(7, {"serving_default": {}}))
    assert metadata["model_spec"] == {"name": "digits", "signature_name": "", "version": "7"}
    assert metadata["metadata"]["signature_def"]["signature_def"] == {"serving_default": {}}


def test_the_page_knows_how_large_a_body_may_be():
    page = (Path(contract.__file__).parent / "page" / "page.js").read_text()
    assert f"const MAX_BODY_BYTES = {contract.MAX_BODY_BYTES:_};" in page


def test_another_shape_is_the_signatures_business():
    wide = Signature("serving_default", "images", encoded=False, shape=(-1, 1, 3))
    assert parse(b'{"instances": [[[1, 2, 3]]]}', {"serving_default": wide}).batch.tolist() == [[[1, 2, 3]]]
