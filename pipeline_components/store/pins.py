"""Artifacts that a person wants kept, whatever the collector's policy; and who pinned and unpinned what, and why."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline_components.errors import StoreError
from pipeline_components.store.catalog import folder_of
from pipeline_components.store.disk import disk_errors
from pipeline_components.store.ids import is_id
from pipeline_components.store.lock import locked, replace_file
from pipeline_components.store.seal import FORMAT, read_sealed, seal

NAME = "pins.json"
HISTORY = "history"


def pins(root: Path) -> dict[str, dict[str, Any]]:
    """Artifact id → when and why it was pinned; raises StoreError if the list is damaged."""
    return _read(root, "pins")


def past(root: Path) -> dict[str, list[dict[str, Any]]]:
    """Artifact id → every time that it was pinned or unpinned, oldest first: `action`, `at`, `why`, `who`."""
    return _read(root, HISTORY)


def pin(root: Path, artifact_id: str, why: str = "", who: str | None = None) -> None:
    """Keep an artifact, and all that it was made from, until it is unpinned; with whose wish it is, and why."""
    with disk_errors(root / NAME, "pinning"), locked(root, "store", shared=True, keep=True), locked(root, "pins"):
        folder_of(root, artifact_id)
        said = wish(why, who)
        write(root, pins(root) | {artifact_id: said}, _past_with(root, artifact_id, {"action": "pin"} | said))


def unpin(root: Path, artifact_id: str, why: str = "", who: str | None = None) -> None:
    """Let the collector's policy decide again; raises StoreError if the artifact is not pinned."""
    with disk_errors(root / NAME, "unpinning"), locked(root, "store", shared=True, keep=True), locked(root, "pins"):
        known = pins(root)
        if artifact_id not in known:
            raise StoreError(f"{artifact_id}: not pinned; pinned: {', '.join(known) or 'none'}")
        others = {name: value for name, value in known.items() if name != artifact_id}
        write(root, others, _past_with(root, artifact_id, {"action": "unpin"} | wish(why, who)))


def wish(why: str, who: str | None) -> dict[str, str]:
    """What is kept of a pin or an unpin: when, why, and by whom, who runs this if nobody is named."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"at": at, "why": why, "who": getpass.getuser() if who is None else who}


def write(root: Path, known: dict[str, Any], history: dict[str, Any] | None = None) -> None:
    """Let this be the list, and this the history, in place of what is there."""
    replace_file(root, NAME, seal({"format": FORMAT, "pins": known} | ({HISTORY: history} if history else {})))


def _past_with(root: Path, artifact_id: str, said: dict[str, str]) -> dict[str, Any]:
    known = past(root)
    return known | {artifact_id: [*known.get(artifact_id, []), said]}


def _read(root: Path, part: str) -> dict[str, Any]:
    body = read_sealed(root / NAME) or {}
    found = body.get(part, {})
    if not isinstance(found, dict) or not all(map(is_id, found)):
        raise StoreError(f"{root / NAME}: {part}: an object of artifacts' ids expected")
    return found
