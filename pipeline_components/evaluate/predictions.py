"""What models predict: the challenger's Keras file, and the champion's exported folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_components.data.exported_model import SERVING_DEFAULT, Identity
from pipeline_components.errors import BadModel, first_line

BATCH = 2000


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

    def predict(self, image: np.ndarray) -> np.ndarray:
        """Its probabilities, float32 [n, classes]."""
        import tensorflow as tf

        try:
            model = tf.saved_model.load(str(self.folder / "saved_model"))
            serve = model.signatures[SERVING_DEFAULT]
            (name,) = serve.structured_input_signature[1]
        except (OSError, ValueError, KeyError) as error:
            raise BadModel(f"{self.folder}/saved_model: cannot be loaded ({first_line(error)})") from None
        return _in_batches(lambda batch: serve(**{name: tf.constant(batch)})["probabilities"], image, len(self.classes))


def probabilities_of(file: Path, image: np.ndarray, classes: int) -> np.ndarray:
    """A Keras model's probabilities, float32 [n, classes]; raises BadModel when it cannot give them."""
    import keras

    try:
        model = keras.models.load_model(file, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadModel(f"{file}: cannot be loaded ({first_line(error)}): train again") from None
    try:
        return _in_batches(lambda batch: model(batch, training=False), image, classes)
    except ValueError as error:
        raise BadModel(f"{file}: {first_line(error)}") from None


def _in_batches(call: Callable[[np.ndarray], Any], image: np.ndarray, classes: int) -> np.ndarray:
    """Every example's row, in order, none dropped."""
    rows = [np.asarray(call(image[i : i + BATCH]), np.float32) for i in range(0, len(image), BATCH)]
    probabilities = np.concatenate(rows) if rows else np.empty((0, classes), np.float32)
    if probabilities.shape != (len(image), classes):
        raise ValueError(f"probabilities of shape {probabilities.shape} found, {(len(image), classes)} expected")
    return probabilities
