"""One record a pipeline run: `runs/<run_id>.json`."""

from pathlib import Path
from typing import Any

from pipeline_components.errors import StoreError
from pipeline_components.store.disk import disk_errors, read_file
from pipeline_components.store.ids import check_run_id
from pipeline_components.store.lock import locked, replace_file
from pipeline_components.store.seal import FORMAT, seal, unseal

FOLDER = "runs"


def write_run(root: Path, run_id: str, record: dict[str, Any]) -> Path:
    """Write a run's record, whole, in the place of an earlier one of the same run."""
    path = root / FOLDER / f"{check_run_id(run_id)}.json"
    body = {name: value for name, value in record.items() if name not in ("format", "run_id", "checksum")}
    with disk_errors(path, "writing the record of a run"), locked(root, "store", shared=True, keep=True):
        replace_file(path, seal({"format": FORMAT, "run_id": run_id} | body))
    return path


def read_run(root: Path, run_id: str) -> dict[str, Any]:
    """The record of a run; raises StoreError if there is none, or its bytes have changed."""
    path = root / FOLDER / f"{check_run_id(run_id)}.json"
    try:
        record = unseal(read_file(path), str(path))
    except FileNotFoundError:
        raise StoreError(f"{run_id}: no record of such a run in {path.parent} (digits runs lists all)") from None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}: restore it from a copy") from None
    if record.get("run_id") != run_id:
        raise StoreError(f"{path}: the record of another run, {record.get('run_id')!r}")
    return record


def run_ids(root: Path) -> list[str]:
    """The runs that are recorded, oldest record first."""
    folder = root / FOLDER
    if not folder.is_dir():
        return []
    files = [path for path in folder.iterdir() if path.suffix == ".json" and not path.name.startswith(".")]
    return [path.stem for path in sorted(files, key=lambda path: (path.lstat().st_mtime_ns, path.name))]


def runs(root: Path) -> list[dict[str, Any]]:
    """Every record that can be read, oldest first; `verify` names those that cannot."""
    found = []
    for run_id in run_ids(root):
        try:
            found.append(read_run(root, run_id))
        except StoreError:
            continue
    return found
