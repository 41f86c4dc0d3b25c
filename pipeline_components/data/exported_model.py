"""An exported model as its readers know it: the names of its signatures, and model.json beside its files."""

import json
from pathlib import Path
from typing import Any

from pipeline_components.errors import BadModel

SERVING_DEFAULT = "serving_default"
SERVE_IMAGES = "serve_images"
NORMALISE = "normalise"
OUTPUTS = ("probabilities", "digit", "confidence")


def class_names(export: Path) -> list[str]:
    """What an export's classes are called; raises BadModel when it does not say."""
    file = export / "model.json"
    try:
        return [str(name) for name in json.loads(file.read_text())["classes"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadModel(f"{file}: does not say what the classes are ({error!r}): export the model again") from None


def load_signatures(folder: Path) -> dict[str, Any]:
    """Signature name → callable of a SavedModel's folder; raises OSError or ValueError when it is not one."""
    import tensorflow as tf

    return dict(tf.saved_model.load(str(folder)).signatures)
