"""Who an exported model is: model.json beside its files."""

import json
from pathlib import Path

from pipeline_components.errors import BadModel


def class_names(export: Path) -> list[str]:
    """What an export's classes are called; raises BadModel when it does not say."""
    file = export / "model.json"
    try:
        return [str(name) for name in json.loads(file.read_text())["classes"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadModel(f"{file}: does not say what the classes are ({error!r}): export the model again") from None
