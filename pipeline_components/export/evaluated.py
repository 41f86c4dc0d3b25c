"""Reads the evaluated model that is exported: its network, and the classes that it tells apart."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_components.data import registry
from pipeline_components.data.exported_model import Identity
from pipeline_components.errors import BadModel, first_line
from pipeline_components.json_files import read_json

if TYPE_CHECKING:
    import keras


def load_network(file: Path) -> "keras.Model":
    """The trained network; raises BadModel when the file cannot be loaded."""
    import keras

    try:
        return keras.saving.load_model(file, compile=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadModel(f"{file}: not a Keras model that can be loaded ({first_line(error)}): train again") from None


def identity(examples: Path) -> Identity:
    """Which classes the model tells apart, and the dataset and line of the examples it learnt from."""
    schema = read_json(examples / "schema.json")
    dataset = schema["dataset"]
    return Identity(schema["classes"], dataset, registry.dataset(dataset).line)
