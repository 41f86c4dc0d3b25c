"""`journal.jsonl`: who put what into service or took it out, and why; lines are added and never changed.

Each line carries a checksum of itself and of the line before it, so that none can be altered or taken out unseen.
A last line that a crash has torn was never acted upon: readers pass over it, and the next writer removes it.
"""

import json
import os
from pathlib import Path
from typing import Any

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.store.disk import read_file, sync_folder, write_all
from pipeline_components.store.seal import sha256

NAME = "journal.jsonl"
START = "0" * 64


def read(folder: Path) -> list[dict[str, Any]]:
    """All entries, oldest first; raises ArtifactDamaged naming a line that is not as written, but a torn last one."""
    return _parse(folder)[0]


def is_torn(folder: Path) -> bool:
    """Whether a crash has left half a last line."""
    raw = _raw(folder)
    return not raw.endswith(b"\n") and bool(raw)


def append(folder: Path, entry: dict[str, Any]) -> None:
    """Add an entry and wait until the disk has it; the caller holds the lock of the journal."""
    entries, whole_bytes = _parse(folder)
    previous = entries[-1]["checksum"] if entries else START
    body = entry | {"previous": previous}
    line = json.dumps(body | {"checksum": sha256(json.dumps(body))}, allow_nan=False) + "\n"
    path = folder / NAME
    is_new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        if os.fstat(descriptor).st_size != whole_bytes:
            os.ftruncate(descriptor, whole_bytes)
        write_all(descriptor, line.encode())
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, whole_bytes)
        raise
    finally:
        os.close(descriptor)
    if is_new:
        sync_folder(folder)


def _raw(folder: Path) -> bytes:
    try:
        return read_file(folder / NAME)
    except FileNotFoundError:
        return b""


def _parse(folder: Path) -> tuple[list[dict[str, Any]], int]:
    """The entries, and how many bytes of the file they take."""
    whole, newline, _torn = _raw(folder).rpartition(b"\n")
    entries: list[dict[str, Any]] = []
    for number, line in enumerate(whole.split(b"\n") if newline else [], 1):
        previous = entries[-1]["checksum"] if entries else START
        entries.append(_entry(line, previous, f"{folder / NAME}: line {number}"))
    return entries, len(whole) + len(newline)


def _entry(line: bytes, previous: str, where: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
        body = {name: value for name, value in entry.items() if name != "checksum"}
        intact = entry["checksum"] == sha256(json.dumps(body)) and entry["previous"] == previous
        intact = intact and json.dumps(body | {"checksum": entry["checksum"]}).encode() == line
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        intact = False
    if not intact:
        raise ArtifactDamaged(f"{where}: its bytes are not those that were written: restore the journal from a copy")
    return entry  # type: ignore[no-any-return]
