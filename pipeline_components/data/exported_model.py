"""An exported model as its readers know it: its name, its signatures, and model.json beside its files."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from pipeline_components.errors import BadData
from pipeline_components.json_files import read_json, write_json

MODEL_NAME = "digits"  # in the store's folder of served models, in the server's paths, in warm-up requests
SERVING_DEFAULT = "serving_default"
SERVE_IMAGES = "serve_images"
NORMALISE = "normalise"
OUTPUTS = ("probabilities", "digit", "confidence")
IDENTITY_FILE = "model.json"


@dataclass(frozen=True)
class Identity:
    """What an exported model tells apart, and the dataset and the line of the examples that it learnt from."""

    classes: list[str]
    dataset: str
    line: str

    @classmethod
    def read(cls, export: Path) -> Self:
        """Read an export's model.json; raises BadData when that does not say who the model is."""
        file = export / IDENTITY_FILE
        content = read_json(file)
        try:
            return cls(**content)
        except TypeError as error:
            raise BadData(f"{file}: does not say what the model is ({error}): export the model again") from None

    def write(self, export: Path) -> None:
        """Write it as an export's model.json."""
        write_json(export / IDENTITY_FILE, asdict(self))


def load_signatures(folder: Path) -> dict[str, Any]:
    """Signature name → callable of a SavedModel's folder; raises OSError or ValueError when it is not one."""
    import tensorflow as tf

    with path_to_load(folder) as path:
        return dict(tf.saved_model.load(path).signatures)


@contextmanager
def path_to_load(folder: Path) -> Iterator[str]:
    """A path of a SavedModel's folder without `*`, `?` and `[`, which would be a pattern to TensorFlow.

    https://github.com/tensorflow/tensorflow/issues/34290
    """
    if not re.search(r"[*?\[\\]", str(folder)):
        yield str(folder)
        return
    with tempfile.TemporaryDirectory(prefix="digits-") as beside:
        (link := Path(beside) / "saved_model").symlink_to(folder.absolute())
        yield str(link)


def assertion_in(error: Exception) -> str | None:
    """What an assertion of the exported graph says is wrong with an image; None for any other error."""
    found = re.search(r"assertion failed: \[([^\]]+)\]", str(error))
    return found[1] if found else None
