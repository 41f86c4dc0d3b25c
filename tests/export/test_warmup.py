"""Warm-up requests as TensorFlow Serving reads them."""

from pathlib import Path

import numpy as np
import pytest

from pipeline_components.export.warmup import WARMUP_FILE, write_warmup

tf = pytest.importorskip("tensorflow")
IMAGES = np.random.default_rng(0).integers(1, 256, (20, 28, 28), dtype=np.uint8)


def requests_in(saved_model: Path) -> list[tuple]:
    """Read back by TensorFlow's record reader and protocol buffers' own parser, field by field."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    from tensorflow.core.framework import tensor_pb2

    pool = descriptor_pool.DescriptorPool()
    pool.Add(_prediction_log_proto(descriptor_pb2))
    log_class = message_factory.GetMessageClass(pool.FindMessageTypeByName("t.PredictionLog"))
    requests = []
    for record in tf.data.TFRecordDataset(str(saved_model / WARMUP_FILE)).as_numpy_iterator():
        request = log_class.FromString(record).predict_log.request
        (entry,) = request.inputs
        tensor = tf.make_ndarray(tensor_pb2.TensorProto.FromString(entry.value))
        requests.append((request.model_spec.name, request.model_spec.signature_name, entry.key, tensor))
    return requests


def test_warm_up_requests_are_prediction_logs(tmp_path):
    write_warmup(tmp_path, IMAGES)
    requests = requests_in(tmp_path)
    assert [(*names, tensor.shape) for *names, tensor in requests] == [
        ("digits", "serving_default", "images", (1, 28, 28)),
        ("digits", "serving_default", "images", (16, 28, 28)),
        ("digits", "serve_images", "images", (1,)),
    ]
    one, sixteen, encoded = (tensor for *_, tensor in requests)
    assert np.array_equal(one, IMAGES[:1]) and np.array_equal(sixteen, IMAGES[:16])
    assert np.array_equal(tf.io.decode_png(encoded[0])[..., 0], IMAGES[0])


def test_few_images_are_repeated_and_a_blank_one_is_not_sent_as_a_picture(tmp_path):
    blank_first = np.concatenate([np.zeros((1, 28, 28), np.uint8), IMAGES[:2]])
    write_warmup(tmp_path, blank_first)
    _, (*_, sixteen), (*_, encoded) = requests_in(tmp_path)
    assert np.array_equal(sixteen, np.concatenate([blank_first] * 6)[:16])
    assert np.array_equal(tf.io.decode_png(encoded[0])[..., 0], IMAGES[0])
    write_warmup(tmp_path, blank_first[:1])
    assert [signature for _, signature, *_ in requests_in(tmp_path)] == ["serving_default"] * 2


def _prediction_log_proto(pb2):
    """The fields of tensorflow_serving/apis/prediction_log.proto and predict.proto that a warm-up request has."""
    file = pb2.FileDescriptorProto(name="t.proto", package="t", syntax="proto3")
    string, message, data = 9, 11, 12
    fields = {
        "ModelSpec": [("name", 1, string, ""), ("signature_name", 3, string, "")],
        "Entry": [("key", 1, string, ""), ("value", 2, data, "")],
        "Request": [("model_spec", 1, message, ".t.ModelSpec"), ("inputs", 2, message, ".t.Entry")],
        "PredictLog": [("request", 1, message, ".t.Request")],
        "PredictionLog": [("predict_log", 6, message, ".t.PredictLog")],
    }
    for name, entries in fields.items():
        described = file.message_type.add(name=name)
        for field, number, kind, of in entries:
            label = 3 if field == "inputs" else 1
            described.field.add(name=field, number=number, type=kind, label=label, type_name=of or None)
    return file
