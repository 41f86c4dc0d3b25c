"""`journal.jsonl`: who put what into service or took it out, and why; lines are added and never changed.

Each line carries a checksum of itself and of the line before it, so that none can be altered or taken out unseen.
A last line that a crash has torn was never acted upon: readers pass over it, and the next writer removes it.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.regular_files import read_regular
from pipeline_components.store.disk import damaged, sync_folder, write_all
from pipeline_components.store.ids import LAST_NUMBER
from pipeline_components.store.seal import sha256

NAME = "journal.jsonl"
START = "0" * 64


@dataclass(frozen=True)
class JournalEntry:
    """What was done to a version: put there, of which export, in whose place (digests), by whom, and why.

    `content` is the digest of the version's files alone; lines that were written before there was one have none.
    """

    at: str
    action: Literal["push", "rollback", "abandoned", "retired"]
    version: int
    export: str | None
    digest: str | None
    replaces: str | None
    who: str
    why: str
    content: str | None = None


def read(folder: Path) -> list[JournalEntry]:
    """All entries, oldest first; raises ArtifactDamaged naming a line that is not as written, but a torn last one."""
    return _parse(folder)[0]


def is_torn(folder: Path) -> bool:
    """Whether a crash has left half a last line."""
    raw = _raw(folder)
    return not raw.endswith(b"\n") and bool(raw)


def append(folder: Path, entry: JournalEntry) -> None:
    """Add an entry and wait until the disk has it; the caller holds the lock of the journal."""
    _, previous, whole_bytes = _parse(folder)
    body = asdict(entry) | {"previous": previous}
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
        return read_regular(folder / NAME)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise damaged(folder / NAME, error) from None


def _parse(folder: Path) -> tuple[list[JournalEntry], str, int]:
    """The entries, the checksum of the last one, and how many bytes of the file they take."""
    whole, newline, _torn = _raw(folder).rpartition(b"\n")
    entries: list[JournalEntry] = []
    previous = START
    for number, line in enumerate(whole.split(b"\n") if newline else [], 1):
        entry, previous = _entry(line, previous, f"{folder / NAME}: line {number}")
        entries.append(entry)
    return entries, previous, len(whole) + len(newline)


def _entry(line: bytes, previous: str, where: str) -> tuple[JournalEntry, str]:
    try:
        body = json.loads(line)
        is_spelt_so = json.dumps(body).encode() == line
        checksum = body.pop("checksum")
        if is_spelt_so and checksum == sha256(json.dumps(body)) and body.pop("previous") == previous:
            entry = JournalEntry(**body)
            if _fits(entry):
                return entry, checksum
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        pass
    raise ArtifactDamaged(f"{where}: its bytes are not those that were written: restore the journal from a copy")


def _fits(entry: JournalEntry) -> bool:
    told = (entry.at, entry.action, entry.who, entry.why)
    maybe = (entry.export, entry.digest, entry.replaces)
    is_text = all(isinstance(each, str) for each in told) and all(isinstance(each, str | None) for each in maybe)
    return is_text and type(entry.version) is int and 0 < entry.version <= LAST_NUMBER
