"""What this machine has read of a bucket's ledger: a folder in the store's own layout, without the artifacts' files.

`.remote/ledger/train/7/artifact.json`, `.remote/ledger/runs/<run id>.json`: lists, lineage and runs are asked of it as
of any store. It may be deleted: it is read again.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline_components.errors import ArtifactDamaged, StoreError
from pipeline_components.store import catalog, collected, lock
from pipeline_components.store.bucket import Entry
from pipeline_components.store.disk import make_folder, write_new
from pipeline_components.store.ids import check_run_id, is_component, parse_id
from pipeline_components.store.ledger import Ledger, path_of
from pipeline_components.store.manifest import NAME, Manifest, parse_manifest, read_manifest
from pipeline_components.store.runs import FOLDER as RUNS
from pipeline_components.store.seal import FORMAT, read_sealed, seal

THREADS = 16
ARTIFACTS = "artifacts"
SERVED = "served"
COLLECTIONS = "collections"
TAKEN_IN = "collections.json"


class Mirror:
    """Documents of a ledger, read once and kept."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder = folder
        self.ledger = ledger

    def manifest(self, artifact_id: str) -> Manifest | None:
        """The manifest of an artifact, None if there is none of that number; raises ArtifactDamaged."""
        folder = self.folder / artifact_id
        if folder.is_dir():
            with suppress(StoreError):
                return read_manifest(folder, artifact_id)
        entry = self.ledger.get(path_in(ARTIFACTS, artifact_id))
        if entry is not None and is_collected(entry):
            self.forget([artifact_id])
            return None
        return None if entry is None else self.keep(artifact_id, entry)

    def forget(self, artifact_ids: Iterable[str]) -> None:
        """Take in that artifacts were collected: their numbers stay given."""
        by_component: dict[str, list[int]] = {}
        for component, number in map(parse_id, artifact_ids):
            by_component.setdefault(component, []).append(number)
        for component, numbers in by_component.items():
            make_folder(self.folder / component)
            with lock.locked(self.folder, "component", component, keep=True):
                collected.record(self.folder, component, numbers)
                for number in numbers:
                    if (self.folder / component / str(number)).is_dir():
                        lock.remove(lock.discard(self.folder, self.folder / component / str(number)))

    def keep(self, artifact_id: str, entry: dict[str, Any]) -> Manifest:
        """The manifest in an entry of the ledger, kept from now on."""
        where = f"{self.ledger.bucket.address}/{path_in(ARTIFACTS, artifact_id)}"
        raw = entry.get("manifest")
        if not isinstance(raw, str):
            raise ArtifactDamaged(f"{where}: no manifest in it")
        manifest = parse_manifest(raw.encode(), where, artifact_id)
        folder = self.folder / artifact_id
        make_folder(folder.parent)
        with lock.draft_folder(lock.drafts(self.folder)) as draft:
            write_new(draft / NAME, raw.encode())
            if folder.is_dir():  # it cannot be read
                lock.remove(lock.discard(self.folder, folder))
            with suppress(OSError):  # another process was first
                draft.rename(folder)
        return manifest

    def last(self, component: str) -> int:
        """The number of a component's last artifact, 0 if there is none."""
        known = catalog.numbers(self.folder, component)
        return self.ledger.last(f"{ARTIFACTS}/{component}", known[-1] if known else 0)

    def complete(self) -> list[str]:
        """Read every manifest that is not here yet, after what was collected since has gone; gives the ids of that."""
        collections = self._take_in_collections()
        gone = {each: set(collected.collected(self.folder, each)) for each in catalog.components(self.folder)}
        missing = []
        for artifact_id in ids_in(self.ledger, ARTIFACTS):
            component, number = parse_id(artifact_id)
            if number not in gone.get(component, ()) and not (self.folder / artifact_id).is_dir():
                missing.append(artifact_id)
        self._each(self.manifest, missing)
        return collections

    def _take_in_collections(self) -> list[str]:
        """What was collected, of all collections that have ended; one that died is told of by the next one."""
        ids: list[str] = []
        known = int((read_sealed(self.folder / TAKEN_IN) or {}).get("number", 0))
        for number in range(known + 1, self.ledger.last(COLLECTIONS, known) + 1):
            entry = self.ledger.entry(COLLECTIONS, number) or {}
            if not entry.get("is_done"):
                continue
            self.forget(entry["ids"])
            ids.extend(entry["ids"])
            lock.replace_file(self.folder, TAKEN_IN, seal({"format": FORMAT, "number": number}))
        return ids

    def complete_runs(self) -> None:
        """Read the record of every run that is not here yet, or went on since."""
        attempts: dict[str, list[int]] = {}
        changed: dict[str, float] = {}
        for name, at in self.ledger.names(RUNS).items():
            run_id, _, number = name.rpartition("/")
            attempts.setdefault(run_id, []).append(int(number))
            changed[run_id] = max(changed.get(run_id, 0.0), at.timestamp())

        def read(run_id: str) -> None:
            path = self.folder / RUNS / f"{check_run_id(run_id)}.json"
            if path.exists() and path.lstat().st_mtime >= changed[run_id] - 0.001:
                return
            found = [self.ledger.entry(f"{RUNS}/{run_id}", number) for number in sorted(attempts[run_id])]
            *earlier, last = [each["record"] for each in found if each]
            body = last | ({"earlier": earlier} if earlier else {})
            lock.replace_file(self.folder, f"{RUNS}/{path.name}", seal({"format": FORMAT, "run_id": run_id} | body))
            os.utime(path, (changed[run_id], changed[run_id]))

        self._each(read, list(attempts))

    @staticmethod
    def _each(read: Callable[[str], object], names: list[str]) -> None:
        """In parallel; what is damaged is left out, for `verify` to name."""

        def one(name: str) -> None:
            with suppress(ArtifactDamaged):
                read(name)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(one, names))


def is_collected(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of the log of artifacts is what a collector left in its place."""
    return "collected" in entry


def path_in(folder: str, artifact_id: str) -> str:
    """The document of an artifact in a folder of the ledger: `uses/train/000000007.json`."""
    component, number = parse_id(artifact_id)
    return path_of(f"{folder}/{component}", number)


def ids_in(ledger: Ledger, folder: str) -> dict[str, Entry]:
    """The ids of the artifacts that have a document in a folder of the ledger, and what its listing tells of each."""
    found = {}
    for each in ledger.bucket.list(folder):
        component, _, number = each.path.removeprefix(f"{folder}/").removesuffix(".json").partition("/")
        if is_component(component) and number.isdigit():
            found[f"{component}/{int(number)}"] = each
    return found
