"""One of our networks fitted by Keras itself, as a good script would: same network, optimiser, flags and batches.

    python -m tests.bench.plain_network EXAMPLES NETWORK EPOCHS

EXAMPLES is a preprocess artifact. No augmentation; the validation split is judged after each epoch, as the component
does, and the last line printed is JSON.
"""

import json
import sys
import time
from pathlib import Path

from pipeline_components import quiet

quiet.import_tensorflow()

import keras  # noqa: E402  after the flags are set
import tensorflow as tf  # noqa: E402

from pipeline_components.data.examples import read_examples  # noqa: E402
from pipeline_components.models import network  # noqa: E402
from pipeline_components.train import TrainConfig  # noqa: E402


def main() -> None:
    examples, name, epochs = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    chosen, config = network(name), TrainConfig.model_validate({"network": name})
    training, held_out = (read_examples(examples / f"{split}.arrow") for split in ("train", "validation"))
    batches = (
        tf.data.Dataset.from_tensor_slices((training.image[..., None], training.label))
        .cache()
        .shuffle(len(training))
        .batch(config.batch_size)
        .prefetch(tf.data.AUTOTUNE)
    )
    judged = tf.data.Dataset.from_tensor_slices((held_out.image[..., None], held_out.label)).batch(1000).cache()
    model = chosen.build(10, 0, **{option: getattr(config, option) for option in chosen.options})
    rule = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW}[config.optimizer]
    model.compile(rule(config.learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    started = time.perf_counter()
    model.fit(batches, validation_data=judged, epochs=epochs, verbose=0)
    elapsed_s = time.perf_counter() - started
    print(json.dumps({"images": len(training) * epochs, "elapsed_s": elapsed_s}))


if __name__ == "__main__":
    main()
