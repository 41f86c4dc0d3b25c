"""Artifacts that a person wants kept, whatever the collector's policy."""

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


def pins(root: Path) -> dict[str, dict[str, Any]]:
    """Artifact id → when and why it was pinned; raises StoreError if the list is damaged."""
    body = read_sealed(root / NAME)
    found = body.get("pins") if body is not None else {}
    if not isinstance(found, dict) or not all(map(is_id, found)):
        raise StoreError(f"{root / NAME}: pins: an object of artifacts' ids expected")
    return found


def pin(root: Path, artifact_id: str, why: str = "", who: str = "") -> None:
    """Keep an artifact, and all that it was made from, until it is unpinned; with whose wish it is, and why."""
    with disk_errors(root / NAME, "pinning"), locked(root, "store", shared=True, keep=True), locked(root, "pins"):
        folder_of(root, artifact_id)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        write(root, pins(root) | {artifact_id: {"at": at, "why": why} | ({"who": who} if who else {})})


def unpin(root: Path, artifact_id: str) -> None:
    """Let the collector's policy decide again; raises StoreError if the artifact is not pinned."""
    with disk_errors(root / NAME, "unpinning"), locked(root, "store", shared=True, keep=True), locked(root, "pins"):
        known = pins(root)
        if artifact_id not in known:
            raise StoreError(f"{artifact_id}: not pinned; pinned: {', '.join(known) or 'none'}")
        write(root, {name: value for name, value in known.items() if name != artifact_id})


def write(root: Path, known: dict[str, dict[str, Any]]) -> None:
    """Let this be the list, in place of what is there."""
    replace_file(root, NAME, seal({"format": FORMAT, "pins": known}))
