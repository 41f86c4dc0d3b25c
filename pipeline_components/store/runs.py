"""One record per pipeline run: `runs/<run_id>.json`."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline_components.errors import StoreError
from pipeline_components.store.disk import disk_errors
from pipeline_components.store.ids import check_run_id, shown
from pipeline_components.store.index import FOLDER as INDEX
from pipeline_components.store.index import LAST
from pipeline_components.store.lock import locked, replace_file
from pipeline_components.store.seal import FORMAT, read_sealed, read_stamped, seal, stamped

FOLDER = "runs"


def write_run(root: Path, run_id: str, record: dict[str, Any]) -> Path:
    """Write a run's record, whole; what was recorded of earlier attempts stays in it as `earlier`, oldest first."""
    path = root / FOLDER / f"{check_run_id(run_id)}.json"
    with (
        disk_errors(path, "writing the record of a run"),
        locked(root, "store", shared=True, keep=True),
        locked(root, "runs", keep=True),
    ):
        earlier = attempts(root, run_id)
        body = _body(record) | ({"earlier": earlier} if earlier else {})
        replace_file(root, f"{FOLDER}/{path.name}", seal({"format": FORMAT, "run_id": run_id} | body))
        _remember(root, run_id, path.parent.lstat().st_mtime_ns)
    return path


def attempts(root: Path, run_id: str) -> list[dict[str, Any]]:
    """Every attempt of a run that is recorded and can be read, oldest first."""
    try:
        record = read_run(root, run_id)
    except StoreError:
        return []
    return [*record.get("earlier", []), _body(record)]


def _body(record: dict[str, Any]) -> dict[str, Any]:
    """One attempt, without what stands around it."""
    around = ("format", "run_id", "checksum", "earlier")
    return {name: value for name, value in record.items() if name not in around}


def last_run(root: Path) -> dict[str, Any] | None:
    """The record that was written last and can be read; None if there is none.

    The name of the last one stands beside the index, together with the time of change of the folder that it left.
    """
    folder = root / FOLDER
    try:
        name, changed_ns = json.loads(read_stamped(root / INDEX / FOLDER / LAST, LAST))
        if changed_ns == folder.lstat().st_mtime_ns:
            return read_run(root, name)
    except (OSError, ValueError, TypeError, RecursionError, StoreError):
        pass
    changed_ns = folder.lstat().st_mtime_ns if folder.is_dir() else 0
    for record in newest_runs(root):
        _remember(root, record["run_id"], changed_ns)
        return record
    return None


def _remember(root: Path, run_id: str, changed_ns: int) -> None:
    with suppress(OSError):
        raw = json.dumps([run_id, changed_ns]).encode()
        replace_file(root, f"{INDEX}/{FOLDER}/{LAST}", stamped(LAST, raw), lasting=False)


def read_run(root: Path, run_id: str) -> dict[str, Any]:
    """The record of a run; raises StoreError if there is none, or its bytes have changed."""
    path = root / FOLDER / f"{check_run_id(run_id)}.json"
    record = read_sealed(path)
    if record is None:
        raise StoreError(f"{run_id}: no record of such a run in {path.parent} (digits runs lists all)")
    if record.get("run_id") != run_id:
        raise StoreError(f"{path}: the record of another run, {shown(record.get('run_id'))}")
    return record


def run_ids(root: Path) -> list[str]:
    """The runs that are recorded, oldest record first."""
    folder = root / FOLDER
    if not folder.is_dir():
        return []
    files = [path for path in folder.iterdir() if path.suffix == ".json" and not path.name.startswith(".")]
    return [path.stem for path in sorted(files, key=lambda path: (path.lstat().st_mtime_ns, path.name))]


def newest_runs(root: Path) -> Iterator[dict[str, Any]]:
    """Every record that can be read, newest first; `verify` names those that cannot."""
    for run_id in reversed(run_ids(root)):
        with suppress(StoreError):
            yield read_run(root, run_id)
