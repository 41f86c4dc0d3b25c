"""A small network that was evaluated: what export reads."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline_components.data.examples import Examples, write_examples
from pipeline_components.export import ExportConfig

CONFIG = ExportConfig(golden_examples=32, latency_calls=20)


def write_evaluated_network(examples, model, evaluation):
    """40 random images, an untrained network and its predictions, blessed, into three artifact folders."""
    import keras

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 28, 28), dtype=np.uint8)
    labels = (np.arange(40) % 10).astype(np.uint8)
    ids = pa.array([f"test/{i}" for i in range(40)])
    write_examples(examples / "test.arrow", Examples(images, labels, ids))
    schema = {"dataset": "mnist_sample", "classes": list("0123456789")}
    (examples / "schema.json").write_text(json.dumps(schema))
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    network = keras.Sequential([keras.Input((28, 28)), *layers])
    network.save(model / "model.keras")
    probabilities = network.predict(images.astype(np.float32), verbose=0)
    column = pa.FixedSizeListArray.from_arrays(pa.array(probabilities.ravel()), 10)
    pq.write_table(pa.table({"example_id": ids, "probabilities": column}), evaluation / "predictions.parquet")
    (evaluation / "blessing.json").write_text(json.dumps({"blessed": True, "reasons": []}))
