"""Warm-up requests in TF Serving's format, so that its first answer is as fast as the second.

https://www.tensorflow.org/tfx/serving/saved_model_warmup: a TFRecord file of PredictionLog messages. Those messages
belong to tensorflow-serving-api, which brings grpc; here they are four nested fields, written by hand.
"""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline_components.data.exported_model import MODEL_NAME, SERVE_IMAGES, SERVING_DEFAULT

WARMUP_FILE = "assets.extra/tf_serving_warmup_requests"


def write_warmup(saved_model: Path, images: np.ndarray) -> None:
    """Write a request of one and of sixteen images for `serving_default`, and one PNG for `serve_images`."""
    import tensorflow as tf

    inked = images[images.any(axis=(1, 2))]
    png = [tf.io.encode_png(image[..., np.newaxis]).numpy() for image in inked[:1]]
    requests: list[tuple[str, Any]] = [
        (SERVING_DEFAULT, images[:1]),
        (SERVING_DEFAULT, np.resize(images, (16, *images.shape[1:]))),
    ]
    requests += [(SERVE_IMAGES, png)] if png else []
    file = saved_model / WARMUP_FILE
    file.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as records:
        for signature, batch in requests:
            records.write(prediction_log(signature, tf.make_tensor_proto(batch)))


def prediction_log(signature: str, images: Any) -> bytes:
    """PredictionLog.predict_log (6) .request (1) = model_spec (1: name 1, signature_name 3), inputs (2: a map)."""
    model_spec = _field(1, MODEL_NAME.encode()) + _field(3, signature.encode())
    entry = _field(1, b"images") + _field(2, images.SerializeToString(deterministic=True))
    return _field(6, _field(1, _field(1, model_spec) + _field(2, entry)))


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited field: protobuf.dev/programming-guides/encoding."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    more = value >> 7
    return bytes([value & 0x7F | 0x80]) + _varint(more) if more else bytes([value])
