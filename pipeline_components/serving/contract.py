"""TensorFlow Serving's REST API for predictions: bodies into tensors and back, errors, the largest body and batch.

The forms are those of https://www.tensorflow.org/tfx/serving/api_rest, so that a client moves between this server and
TensorFlow Serving unchanged: `instances` (rows) or `inputs` (columns), an optional `signature_name`, encoded images
as `{"b64": …}`, answers in `predictions` or `outputs`, errors as `{"error": …}`.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import numpy as np

from pipeline_components.data.exported_model import MODEL_NAME, SERVE_IMAGES, SERVING_DEFAULT

MAX_BODY_BYTES = 1_000_000
MAX_INSTANCES = 256

Pixel = Annotated[int, msgspec.Meta(ge=0, le=255)]


class RequestError(Exception):
    """Raised when a request cannot be answered: an HTTP status and one line for `{"error": …}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Signature:
    """What a signature takes: one input, of pixels uint8 `shape` = [n, 28, 28], or of encoded images, strings [n]."""

    name: str
    input_name: str
    encoded: bool
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """A parsed request: the tensor for a signature's input, and whether the answer goes by rows or by columns."""

    signature: Signature
    batch: np.ndarray
    columnar: bool


class _Body(msgspec.Struct):
    """The top of a request. What is inside waits as raw JSON for the signature that says its type."""

    signature_name: str = ""
    instances: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    inputs: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Encoded(msgspec.Struct, forbid_unknown_fields=True):
    """Bytes in JSON."""

    b64: str


Image = list[list[Pixel]]

_body = msgspec.json.Decoder(_Body)
_rows: dict[bool, msgspec.json.Decoder[Any]] = {
    False: msgspec.json.Decoder(list[Image | dict[str, Image]]),
    True: msgspec.json.Decoder(list[dict[str, str | _Encoded]]),
}
_columns: dict[bool, msgspec.json.Decoder[Any]] = {
    False: msgspec.json.Decoder(list[Image] | dict[str, list[Image]]),
    True: msgspec.json.Decoder(list[_Encoded] | dict[str, list[_Encoded]]),
}


def parse(body: bytes, signatures: dict[str, Signature]) -> Call:
    """The call that a body means; raises RequestError 400, or 413 for too many instances, or 422 for bad base64."""
    try:
        top = _body.decode(body)
        signature = signatures.get(top.signature_name or SERVING_DEFAULT)
        if signature is None:
            known, asked = ", ".join(sorted(signatures)), top.signature_name[:40]
            raise RequestError(400, f"Serving signature name: {asked!r} not found in signature def; known: {known}")
        columnar, values = _values(top, signature)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(400, f"JSON Parse error: {_plain(error)}") from None
    if not values:
        raise RequestError(400, "no instances: send at least one image")
    if len(values) > MAX_INSTANCES:
        raise RequestError(413, f"{len(values)} instances, at most {MAX_INSTANCES} in one request: send several")
    return Call(signature, _encoded(values) if signature.encoded else _pixels(values, signature), columnar)


def _values(top: _Body, signature: Signature) -> tuple[bool, list[Any]]:
    """Whether the request is columnar, and its images as decoded from JSON."""
    instances, inputs = top.instances, top.inputs
    if isinstance(instances, msgspec.Raw) == isinstance(inputs, msgspec.Raw):
        found = "both" if isinstance(instances, msgspec.Raw) else "neither"
        raise RequestError(400, f"Request must have 'instances' or 'inputs', one of them: {found} found")
    try:
        if isinstance(instances, msgspec.Raw):
            rows = _rows[signature.encoded].decode(instances)
            return False, [_named(row, signature) if isinstance(row, dict) else row for row in rows]
        assert isinstance(inputs, msgspec.Raw)
        values = _columns[signature.encoded].decode(inputs)
        return True, _named(values, signature) if isinstance(values, dict) else values
    except msgspec.ValidationError as error:
        raise RequestError(400, f"{_plain(error)}; {_wanted(signature)}") from None


def _named(values: dict[str, Any], signature: Signature) -> Any:
    """The value of the signature's one input; bytes need no name."""
    if signature.encoded and set(values) == {"b64"} and isinstance(values["b64"], str):
        return _Encoded(values["b64"])
    if set(values) != {signature.input_name}:
        found = sorted(name[:40] for name in values)[:5]
        raise RequestError(400, f"named inputs {found} found, {[signature.input_name]} expected")
    return values[signature.input_name]


def _pixels(images: list[list[list[int]]], signature: Signature) -> np.ndarray:
    """Images as uint8 [n, 28, 28]: `bytes(row)` is twice as fast as `np.array(images)` here."""
    height, width = signature.shape[1:]
    for i, image in enumerate(images):
        if len(image) != height or any(len(row) != width for row in image):
            widths = sorted({len(row) for row in image})
            raise RequestError(
                400, f"instance {i}: {len(image)} rows of {widths or 'no'} numbers found; {_wanted(signature)}"
            )
    packed = b"".join(bytes(row) for image in images for row in image)
    return np.frombuffer(packed, np.uint8).reshape(-1, height, width)


def _encoded(images: list[_Encoded]) -> np.ndarray:
    """Images as bytes, an object array [n]."""
    batch = np.empty(len(images), object)
    for i, image in enumerate(images):
        if not isinstance(image, _Encoded):
            raise RequestError(400, f'instance {i}: a plain string found; bytes are sent as {{"b64": …}}')
        try:
            batch[i] = base64.b64decode(image.b64, validate=True)
        except (binascii.Error, ValueError):
            raise RequestError(400, f"instance {i}: Unable to base64 decode") from None
    return batch


def _wanted(signature: Signature) -> str:
    """What the signature takes, as an error's last words."""
    if signature.encoded:
        return f'signature {signature.name!r} takes encoded images: {{"b64": …}} each'
    height, width = signature.shape[1:]
    return (
        f"signature {signature.name!r} takes images of {height}×{width} whole numbers from 0 to 255; "
        f'for PNG or JPEG say "signature_name": "{SERVE_IMAGES}"'
    )


def _plain(error: Exception) -> str:
    """A decoder's message, without Python's words for JSON's types."""
    text = str(error) or type(error).__name__
    for python, plain in (("`int`", "a whole number"), ("`array`", "a list"), ("`object`", "an object")):
        text = text.replace(python, plain)
    return text


def answer(call: Call, outputs: dict[str, np.ndarray]) -> bytes:
    """The body of a prediction: `{"predictions": [{…}, …]}` by rows, `{"outputs": {name: [...]}}` by columns."""
    columns = {name: value.tolist() for name, value in outputs.items()}
    if call.columnar:
        return msgspec.json.encode({"outputs": columns if len(columns) > 1 else next(iter(columns.values()))})
    if len(columns) == 1:
        return msgspec.json.encode({"predictions": next(iter(columns.values()))})
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return msgspec.json.encode({"predictions": rows})


def error_body(message: str) -> bytes:
    """The body of every error."""
    return msgspec.json.encode({"error": message})


def status_body(states: dict[int, str | None]) -> bytes:
    """GetModelStatus's form: version → None when it is available, else why it is not. Newest first."""
    return msgspec.json.encode(
        {
            "model_version_status": [
                {
                    "version": str(number),
                    "state": "END" if why else "AVAILABLE",
                    "status": {"error_code": "UNKNOWN" if why else "OK", "error_message": why or ""},
                }
                for number, why in sorted(states.items(), reverse=True)
            ]
        }
    )


def metadata_body(number: int, signature_def: dict[str, Any]) -> bytes:
    """GetModelMetadata's form, from the JSON form of a SavedModel's signatures."""
    return msgspec.json.encode(
        {
            "model_spec": {"name": MODEL_NAME, "signature_name": "", "version": str(number)},
            "metadata": {
                "signature_def": {
                    "@type": "type.googleapis.com/tensorflow.serving.SignatureDefMap",
                    "signature_def": signature_def,
                }
            },
        }
    )
