"""What models predict: the challenger's Keras file, and the champion's exported folder."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_components.data.examples import Images
from pipeline_components.data.exported_model import SERVING_DEFAULT, Identity, load_signatures
from pipeline_components.errors import BadModel, first_line
from pipeline_components.evaluate.scores import cross_entropy
from pipeline_components.quiet import import_tensorflow

BATCH = 2000


@dataclass(frozen=True)
class Predictions:
    """A model's probabilities, float32 [n, classes], beside the labels, uint8 [n]."""

    probabilities: np.ndarray
    label: np.ndarray

    def of(self, rows: np.ndarray) -> "Predictions":
        """Those of some examples."""
        return Predictions(self.probabilities[rows], self.label[rows])

    @cached_property
    def digit(self) -> np.ndarray:
        """The most probable class of each example, uint8."""
        digit: np.ndarray = np.argmax(self.probabilities, axis=1).astype(np.uint8)
        return digit

    @cached_property
    def correct(self) -> np.ndarray:
        """Which examples it got right; a row that is not finite is right about nothing."""
        right: np.ndarray = (self.digit == self.label) & np.isfinite(self.probabilities).all(axis=1)
        return right

    @cached_property
    def loss(self) -> np.ndarray:
        """The cross-entropy of each example, float32."""
        return cross_entropy(self.probabilities, self.label)

    @property
    def mean_confidence(self) -> float:
        """How sure it says it is, on average: the share of right answers that it expects of itself."""
        return float(self.probabilities.max(axis=1).mean(dtype=np.float64)) if len(self.label) else math.nan

    @property
    def not_finite(self) -> int:
        """How many examples have a value that is no finite number, whichever class it is of."""
        return int((~np.isfinite(self.probabilities).all(axis=1)).sum())

    @property
    def mean_loss(self) -> float:
        """The loss over all examples; not-a-number when any example's is, or when there is none."""
        return float(self.loss.mean(dtype=np.float64)) if len(self.loss) else math.nan


@dataclass(frozen=True)
class Champion:
    """The served model's own account of itself: what it tells apart, and the data it was made from."""

    folder: Path
    classes: list[str]
    dataset: str
    line: str

    @classmethod
    def open(cls, folder: Path) -> "Champion":
        """Read model.json of an export artifact; raises BadData when there is none that says this."""
        identity = Identity.read(folder)
        return cls(folder, identity.classes, identity.dataset, identity.line)

    def differences(self, classes: list[str], line: str) -> list[str]:
        """Why a model of these classes and line cannot be compared with it; empty when it can."""
        pairs = (("classes", self.classes, classes), ("line of data", self.line, line))
        return [
            f"the champion's {what} {mine}, this model's {theirs}" for what, mine, theirs in pairs if mine != theirs
        ]

    def predict(self, image: Images) -> np.ndarray:
        """Its probabilities, float32 [n, classes]."""
        import_tensorflow()
        import tensorflow as tf

        try:
            serve = load_signatures(self.folder / "saved_model")[SERVING_DEFAULT]
            (name,) = serve.structured_input_signature[1]
        except (OSError, ValueError, KeyError) as error:
            raise BadModel(f"{self.folder}/saved_model: cannot be loaded ({first_line(error)})") from None
        return _in_batches(lambda batch: serve(**{name: tf.constant(batch)})["probabilities"], image, len(self.classes))


def probabilities_of(file: Path, image: Images, classes: int) -> np.ndarray:
    """A Keras model's probabilities, float32 [n, classes]; raises BadModel when it cannot give them."""
    import_tensorflow()
    import keras

    try:
        model = keras.models.load_model(file, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadModel(f"{file}: cannot be loaded ({first_line(error)}): train again") from None
    try:
        return _in_batches(lambda batch: model(batch, training=False), image, classes)
    except ValueError as error:
        raise BadModel(f"{file}: {first_line(error)}") from None


def _in_batches(call: Callable[[np.ndarray], Any], image: Images, classes: int) -> np.ndarray:
    """Every example's row, in order, none dropped."""
    rows = [np.asarray(call(image[i : i + BATCH]), np.float32) for i in range(0, len(image), BATCH)]
    probabilities = np.concatenate(rows) if rows else np.empty((0, classes), np.float32)
    if probabilities.shape != (len(image), classes):
        raise ValueError(f"probabilities of shape {probabilities.shape} found, {(len(image), classes)} expected")
    return probabilities
