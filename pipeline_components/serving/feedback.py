"""A dataset of corrections: what people drew, what the model said, and what they say it was.

`<folder>/feedback.jsonl` holds one line per correction, `<folder>/images/<id>.png` or `.jpg` the image as it was sent.
Of 10,000 corrections, or 500 MB of images, the folder is full, and whoever corrects is told so.
A correction whose id was given back is on disk: its image first, then its line, whole. One that the disk did not take
leaves nothing, and half a line that a crash left is taken away before the next one is written.
"""

import base64
import fcntl
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from pipeline_components.data.magic_numbers import JPEG, PNG
from pipeline_components.serving.contract import RequestError
from pipeline_components.store.disk import make_folder, sync_folder, write_all, write_new

KINDS = {PNG: ".png", JPEG: ".jpg"}


class Correction(msgspec.Struct, forbid_unknown_fields=True):
    """What the page sends: the image in base64, and the class that the person says it is."""

    image: str
    label: int


@dataclass(frozen=True)
class Feedback:
    """The corrections in a folder, which is made when the first one comes."""

    folder: Path
    most: int = 10_000
    most_bytes: int = 500_000_000

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
        pixels = None if seen is None else base64.b64encode(seen.tobytes()).decode()
        line = {"id": name, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **facts}
        line |= {"image": f"images/{name}{suffix}", "pixels": pixels}
        picture = self.folder / "images" / f"{name}{suffix}"
        make_folder(picture.parent)
        self._check_room(len(image))
        try:
            write_new(picture, image)
            sync_folder(picture.parent)
            _add_line(self.file, msgspec.json.encode(line) + b"\n")
        except OSError:
            picture.unlink(missing_ok=True)
            raise
        return name

    def _check_room(self, more_bytes: int) -> None:
        """Raise RequestError 507 when the folder holds as many corrections, or bytes, as it may."""
        with os.scandir(self.folder / "images") as entries:
            sizes = [entry.stat(follow_symlinks=False).st_size for entry in entries]
        if len(sizes) >= self.most or sum(sizes) + more_bytes > self.most_bytes:
            kept = f"{len(sizes)} corrections of {sum(sizes)} bytes are kept, at most {self.most} of {self.most_bytes}"
            raise RequestError(507, f"{kept}: move them out of {self.folder}")


def _add_line(file: Path, line: bytes) -> None:
    """Add a line, one writer at a time: all of it is on disk when this returns, or none of it when this raises."""
    with FileIO(file, "a+") as lines:
        fcntl.flock(lines, fcntl.LOCK_EX)
        whole_bytes = _end_with_a_whole_line(lines)
        try:
            write_all(lines.fileno(), line)
            os.fsync(lines)
        except OSError:
            lines.truncate(whole_bytes)
            raise
    if whole_bytes == 0:
        sync_folder(file.parent)


def _end_with_a_whole_line(lines: FileIO) -> int:
    """Take half a last line away, end a whole one that has no newline; returns the size."""
    size = lines.seek(0, os.SEEK_END)
    lines.seek(max(size - 1, 0))
    if lines.read(1) in (b"", b"\n"):
        return size
    lines.seek(0)
    last = lines.read().rpartition(b"\n")[2]
    try:
        msgspec.json.decode(last)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return lines.truncate(size - len(last))
    write_all(lines.fileno(), b"\n")
    return size + 1
