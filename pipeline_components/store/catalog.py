"""Which artifacts there are: from the folders themselves, which alone are the truth."""

import json
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, StoreError
from pipeline_components.regular_files import read_regular
from pipeline_components.store import ids, lock
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.disk import damaged, disk_errors
from pipeline_components.store.lock import drafts, replace_file
from pipeline_components.store.manifest import NAME, input_entries, read_manifest
from pipeline_components.store.seal import loads, read_stamped, stamped

CACHE = ".cache/summaries"
WORTH_CACHING = 200
MOST = 2**60  # seconds and bytes
ROW_TYPES = {
    (str, str, seconds, int, int, run_id, dict, str, list) for seconds in (int, float) for run_id in (str, type(None))
}


@dataclass(frozen=True)
class Summary:
    """What a table shows of an artifact and a search needs, read from its manifest without checking the rest of it.

    `inputs` are pairs of a name and the id of the artifact that was given under it.
    """

    id: str
    key: str
    at: str
    elapsed_s: float
    size_bytes: int
    files: int
    run_id: str | None
    facts: dict[str, Any]
    damage: str = ""
    inputs: list[list[str]] = field(default_factory=list)


def components(root: Path) -> list[str]:
    """The components that have a folder in the store."""
    if not root.is_dir():
        return []
    with disk_errors(root, "reading the store"), os.scandir(root) as entries:
        return sorted(each.name for each in entries if ids.is_component(each.name) and each.is_dir())


def sweep(root: Path) -> list[Path]:
    """Remove every draft whose process is dead, those beside the artifacts too: an older version wrote them there."""
    folders = [root, drafts(root), *(root / each for each in [".cache", "runs", *components(root)])]
    return [path for folder in folders for path in lock.sweep(folder)]


def numbers(root: Path, component: str) -> list[int]:
    """The numbers of a component's artifacts, in order; raises StoreError if its folder is a link."""
    folder = root / component
    if folder.is_symlink():
        raise StoreError(f"{folder}: a link: the store holds its artifacts itself, make it a folder")
    return numbered(folder)


def numbered(folder: Path) -> list[int]:
    """The folders in a folder whose names are numbers, in order."""
    if not folder.is_dir():
        return []
    with disk_errors(folder, "reading the store"), os.scandir(folder) as entries:
        return sorted(
            int(each.name) for each in entries if ids.NUMBER.fullmatch(each.name) and each.is_dir(follow_symlinks=False)
        )


def folder_of(root: Path, artifact_id: str) -> Path:
    """The folder of an artifact; raises BadArtifactId, ArtifactNotFound, or StoreError for a link in its place."""
    component, number = ids.parse_id(artifact_id)
    folder = root / component / str(number)
    for path in (folder.parent, folder):
        if path.is_symlink():
            raise StoreError(f"{path}: a link: the store holds its artifacts itself, and follows none")
    if not folder.is_dir():
        known = numbers(root, component)
        hint = f"the last is {component}/{known[-1]}" if known else f"no {component} artifact is there"
        raise ArtifactNotFound(f"{artifact_id}: no such artifact in {root}: {hint} (digits ls lists all)")
    return folder


def read_artifact(root: Path, artifact_id: str) -> Artifact:
    """The artifact of that id, its manifest checked and its files not."""
    folder = folder_of(root, artifact_id)
    return Artifact(artifact_id, folder, read_manifest(folder, artifact_id))


def summaries(root: Path, only: str | None = None) -> list[Summary]:
    """All artifacts in order, fast: a manifest that was read before is read again only if its fingerprint has changed.

    The cache is checked as a whole, and thrown away if anything is wrong with it.
    """
    cached = _read_cache(root, str(fingerprint(root / CACHE)))
    fresh: dict[str, list[Any]] = {}
    found = []
    for component in [only] if only else components(root):
        for number in numbers(root, component):
            name = f"{component}/{number}"
            state = fingerprint(f"{root}/{name}/{NAME}")
            row = cached.get(name)
            if row is None or row[0] != state:
                row = fresh[name] = [state, _summarise(root / name, name)]
            found.append(Summary(name, *row[1]))
    if len(fresh) >= WORTH_CACHING:
        _write_cache(root, cached | fresh)
    return found


def summary(root: Path, artifact_id: str) -> Summary:
    """The summary of one artifact, read from its manifest."""
    return Summary(artifact_id, *_summarise(root / artifact_id, artifact_id))


def fingerprint(path: Path | str) -> list[int] | None:
    """A file's inode, size, and time of last change (ctime), which no program can set back; None if it is not there."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return [found.st_ino, found.st_size, found.st_ctime_ns]


def _summarise(folder: Path, artifact_id: str) -> list[Any]:
    file = folder / NAME
    try:
        body = loads(read_regular(file), str(file))
        made, files = body["made"], body["files"]
        sizes = sum(each["size"] for each in files.values())
        inputs = [[name, each["id"]] for name, each in input_entries(body["inputs"])]
        row = [body["key"], made["at"], made["elapsed_s"], sizes, len(files), made.get("run_id"), body["facts"], ""]
        row.append(inputs)
        return row if _fits(row) else _damaged(artifact_id, f"{file}: fields of other types than expected")
    except OSError as error:
        return _damaged(artifact_id, str(damaged(file, error)))
    except (ArtifactDamaged, KeyError, TypeError, AttributeError) as error:
        return _damaged(artifact_id, str(error))


def _damaged(artifact_id: str, what: str) -> list[Any]:
    return ["", "", 0.0, 0, 0, None, {}, f"{artifact_id}: {what[:200]}", []]


def _fits(row: list[Any]) -> bool:
    """Whether what follows an id in a summary is of the types that a table can show, and of a size."""
    return (
        tuple(map(type, row)) in ROW_TYPES
        and 0 <= row[2] < MOST
        and 0 <= row[3] < MOST
        and all(type(each) is list and [*map(type, each)] == [str, str] for each in row[8])
    )


@lru_cache(maxsize=2)
def _read_cache(root: Path, state: str) -> dict[str, list[Any]]:
    """Artifact id → [fingerprint of its manifest, row]; empty if there is none, or one row is not as it should be.

    What was read is kept while the file stays as it is: for a server, reading is most of what a list costs.
    """
    try:
        rows = json.loads(read_stamped(root / CACHE, CACHE))
        return rows if all(len(row) == 2 and _fits(row[1]) for row in rows.values()) else {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _write_cache(root: Path, rows: dict[str, list[Any]]) -> None:
    try:
        replace_file(root, CACHE, stamped(CACHE, json.dumps(rows).encode()), lasting=False)
    except OSError:
        return  # a store that cannot be written is listed all the same, only slower
