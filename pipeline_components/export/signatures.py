"""The exported contract: what a served model answers to, and the SavedModel and TFLite files that keep it.

`serving_default`  images uint8 [n, 28, 28], 255 as ink
`serve_images`     images string [n]: PNG or JPEG of any size, as decoding.py and normalisation.py describe
`normalise`        images string [n] → image uint8 [n, 28, 28]: what the network is given for them

The first two give `probabilities` float32 [n, classes], `digit` int64 [n] and `confidence` float32 [n]. An image that
cannot be read fails its whole batch, with what is wrong in the error.

The weights are constants of the graph, not variables: with the functions numbered anew, two exports of one model are
equal byte for byte, which two SavedModels are not by themselves: https://github.com/tensorflow/tensorflow/issues/54067
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline_components.data.exported_model import NORMALISE, SERVE_IMAGES, SERVING_DEFAULT
from pipeline_components.export import decoding, normalisation
from pipeline_components.shape import IMAGE_SHAPE

PARALLEL_IMAGES = 2  # at once in one batch: a large photograph takes some 300 MB while it is decoded


def serving_functions(network: Any, box: int) -> dict[str, Any]:
    """Signature name → concrete function, from a Keras model of images [n, 28, 28] → probabilities [n, classes]."""
    import tensorflow as tf

    pixels = tf.TensorSpec([None, *IMAGE_SHAPE], tf.uint8, name="images")
    encoded = tf.TensorSpec([None], tf.string, name="images")

    def to_digits(images: Any) -> dict[str, Any]:
        spec = tf.TensorSpec(IMAGE_SHAPE, tf.uint8)
        digits = tf.map_fn(to_digit, images, fn_output_signature=spec, parallel_iterations=PARALLEL_IMAGES)
        return {"image": digits}

    def to_digit(data: Any) -> Any:
        return normalisation.to_digit(decoding.decode(data), box)

    recognise = _concrete(_recogniser(network), pixels)
    normalise = _concrete(to_digits, encoded)
    images = _concrete(lambda images: recognise(normalise(images)["image"]), encoded)
    return {SERVING_DEFAULT: recognise, SERVE_IMAGES: images, NORMALISE: normalise}


def _recogniser(network: Any) -> Callable[[Any], dict[str, Any]]:
    import tensorflow as tf

    trainable = [variable.value.numpy() for variable in network.trainable_variables]
    fixed = [variable.value.numpy() for variable in network.non_trainable_variables]

    def constants(values: list[Any]) -> list[Any]:
        return [tf.constant(value) for value in values]

    def recognise(images: Any) -> dict[str, Any]:
        pixels = tf.cast(images, tf.float32)
        probabilities, _ = network.stateless_call(constants(trainable), constants(fixed), pixels, training=False)
        return {
            "probabilities": probabilities,
            "digit": tf.argmax(probabilities, axis=1),
            "confidence": tf.reduce_max(probabilities, axis=1),
        }

    return recognise


def _concrete(function: Callable[[Any], Any], argument: Any) -> Any:
    import tensorflow as tf

    return tf.function(function, autograph=False).get_concrete_function(argument)


def write_saved_model(functions: dict[str, Any], folder: Path) -> None:
    """Write the SavedModel of these signatures: the same bytes for the same model, whatever the process did before."""
    import tensorflow as tf

    tf.saved_model.save(tf.Module(), str(folder), signatures=functions)
    (folder / "fingerprint.pb").unlink(missing_ok=True)  # a random number, and nothing reads it
    _make_canonical(folder / "saved_model.pb")


def _make_canonical(file: Path) -> None:
    """Number the graph's functions from 0, in their order.

    TensorFlow numbers them by how many the process has traced before, and writes them in the order of a hash table.
    """
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    graph = SavedModel.FromString(file.read_bytes())
    library = graph.meta_graphs[0].graph_def.library.function
    library.sort(key=lambda function: int(function.signature.name.rpartition("_")[2]))
    names = [function.signature.name for function in library]
    numbered = {name: f"{name.rpartition('_')[0]}_{i}" for i, name in enumerate(names)}
    any_name = re.compile(rf"({'|'.join(map(re.escape, names))})(?!\d)")
    _rename(graph, lambda text: any_name.sub(lambda found: numbered[found[0]], text))
    file.write_bytes(graph.SerializeToString(deterministic=True))


def _rename(message: Any, renamed: Callable[[str], str]) -> None:
    """Change every string in a protocol buffer, the keys of its maps included."""
    for field, value in message.ListFields():
        if field.type == field.TYPE_STRING:
            if isinstance(value, str):
                setattr(message, field.name, renamed(value))
            else:
                value[:] = map(renamed, value)
        elif field.type == field.TYPE_MESSAGE:
            if field.message_type.GetOptions().map_entry:
                _rename_map(value, renamed)
            else:
                for each in [value] if hasattr(value, "ListFields") else value:
                    _rename(each, renamed)


def _rename_map(entries: Any, renamed: Callable[[str], str]) -> None:
    for key in list(entries):
        if hasattr(entries[key], "ListFields"):
            _rename(entries[key], renamed)
            if isinstance(key, str) and renamed(key) != key:
                entries[renamed(key)].CopyFrom(entries.pop(key))


def write_tflite(functions: dict[str, Any], file: Path) -> None:
    """Write the TFLite model of `serving_default`: uint8 [n, 28, 28] in, the same three outputs."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_concrete_functions([functions[SERVING_DEFAULT]], tf.Module())
    file.write_bytes(converter.convert())
