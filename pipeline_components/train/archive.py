"""Saving `model.keras` reproducibly: its bytes follow from the model alone, without date or memory address."""

import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def save_model(model: "keras.Model", file: Path) -> None:
    """Save a `.keras` archive whose bytes follow from the model alone.

    Keras writes the date into two places, and addresses in memory as the ids of shared objects.
    """
    model.save(file)
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in sorted(archive.namelist())}
    content["config.json"] = renumbered(content["config.json"].decode()).encode()
    metadata = json.loads(content["metadata.json"]) | {"date_saved": "1980-01-01@00:00:00"}
    content["metadata.json"] = json.dumps(metadata).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def renumbered(config: str) -> str:
    """The model's JSON with its shared objects' ids counted up from 1, in order of appearance."""
    number: dict[str, int] = {}
    return re.sub(
        r'(?<="shared_object_id": )\d+', lambda found: str(number.setdefault(found[0], len(number) + 1)), config
    )
