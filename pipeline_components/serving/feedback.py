"""A dataset of corrections: what people drew, what the model said, and what they say it was.

`<folder>/feedback.jsonl` holds a line a correction; `<folder>/images/<id>.png` or `.jpg` the image as it was sent.
A line is written after its image is on disk, in one write: a reader never meets half a line or a missing image.
"""

import base64
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pipeline_components.data.images import JPEG, PNG
from pipeline_components.errors import BadData
from pipeline_components.serving.contract import RequestError

KINDS = {PNG: ".png", JPEG: ".jpg"}


class Correction(msgspec.Struct, forbid_unknown_fields=True):
    """What the page sends: the image in base64, and the class that the person says it is."""

    image: str
    label: int


@dataclass(frozen=True)
class Feedback:
    """The corrections in a folder, which is made when the first one comes."""

    folder: Path

    @property
    def file(self) -> Path:
        """The lines."""
        return self.folder / "feedback.jsonl"

    def save(self, image: bytes, facts: dict[str, Any], seen: np.ndarray | None) -> str:
        """Keep one correction; returns its id. `seen` is the image as the network saw it, uint8 [28, 28]."""
        suffix = next((suffix for start, suffix in KINDS.items() if image.startswith(start)), None)
        if suffix is None:
            raise RequestError(422, "neither PNG nor JPEG")
        name = uuid.uuid4().hex
        images = self.folder / "images"
        images.mkdir(parents=True, exist_ok=True)
        _write_through(images / f"{name}{suffix}", image, os.O_CREAT | os.O_EXCL)
        pixels = None if seen is None else base64.b64encode(seen.tobytes()).decode()
        line = {"id": name, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **facts}
        line |= {"image": f"images/{name}{suffix}", "pixels": pixels}
        _write_through(self.file, msgspec.json.encode(line) + b"\n", os.O_CREAT | os.O_APPEND)
        return name


def read_feedback(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Corrections to learn from: images uint8 [n, 28, 28] as the network saw them, and labels uint8 [n]."""
    file = Feedback(folder).file
    try:
        lines = [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]
        kept = [line for line in lines if line["pixels"] is not None]
        pixels = b"".join(base64.b64decode(line["pixels"]) for line in kept)
        return np.frombuffer(pixels, np.uint8).reshape(-1, 28, 28), np.array([line["label"] for line in kept], np.uint8)
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise BadData(f"{file}: not a file of corrections ({error}): look at its last lines") from None


def _write_through(file: Path, content: bytes, flags: int) -> None:
    """One write that is on disk when this returns."""
    descriptor = os.open(file, os.O_WRONLY | flags, 0o644)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
