"""`digits verify` of a bucket: every document of its ledger, every file that one names, to its last byte."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline_components.errors import ArtifactDamaged, StoreError
from pipeline_components.store import files, runs, verified
from pipeline_components.store.check import Problem, problems_of
from pipeline_components.store.collected import collected
from pipeline_components.store.ids import parse_id
from pipeline_components.store.manifest import NAME
from pipeline_components.store.mirror import ARTIFACTS, SERVED, ids_in
from pipeline_components.store.served import FOLDER

if TYPE_CHECKING:
    from pipeline_components.store.remote import RemoteStore


def verify_artifact(store: "RemoteStore", artifact_id: str) -> list[Problem]:
    """What is wrong with an artifact: it is fetched if it is not here, and read."""
    from pipeline_components.store.remote import file_in

    try:
        return list(problems_of(store.artifact(artifact_id)))
    except ArtifactDamaged as error:
        return [Problem(artifact_id, file_in(error), str(error))]


def verify(store: "RemoteStore") -> list[Problem]:
    """What is wrong in the bucket, and with the copies that are here."""
    found = [*_artifacts(store), *_versions(store), *_documents(store)]
    verified.remember(store.root, found)
    return found


def _artifacts(store: "RemoteStore") -> Iterator[Problem]:
    store.complete()
    last: dict[str, int] = {}
    there = ids_in(store.ledger, ARTIFACTS)
    for component, number in map(parse_id, there):
        last[component] = max(last.get(component, 0), number)
    for component in sorted(last):
        gone = set(collected(store.mirror.folder, component))
        for number in range(1, last[component] + 1):
            artifact_id = f"{component}/{number}"
            if artifact_id not in there:
                yield Problem(artifact_id, NAME, f"missing in {store.bucket.address}, and not by the collector")
            elif number not in gone:
                yield from verify_artifact(store, artifact_id)
                if (store.root / artifact_id).is_dir():
                    manifest = store.artifact(artifact_id).manifest
                    yield from _files(store, artifact_id, manifest.files)


def _versions(store: "RemoteStore") -> Iterator[Problem]:
    for name in store.models():
        model = store.served(name)
        try:
            for version in model.versions():
                yield from _files(store, f"{FOLDER}/{name}/{version.number}", version.files)
        except StoreError as error:
            yield Problem(f"{FOLDER}/{name}", "version.json", str(error))


def _documents(store: "RemoteStore") -> Iterator[Problem]:
    """Documents that are read when they are asked for, and not before."""
    for folder in (ARTIFACTS, SERVED, runs.FOLDER):
        for name in store.ledger.names(folder):
            yield from _readable(f"{folder}/{name}", partial(store.ledger.get, f"{folder}/{name}.json"))
    yield from _readable("pins", store.notes.pins)


def _readable(where: str, read: Callable[[], object]) -> Iterator[Problem]:
    try:
        read()
    except StoreError as error:
        yield Problem(where, NAME if where.startswith(ARTIFACTS) else where.rpartition("/")[2], str(error))


def _files(store: "RemoteStore", where: str, named: dict[str, dict[str, Any]]) -> Iterator[Problem]:
    for name, file in named.items():
        if wrong := files.wrong_with(store.bucket, file):
            yield Problem(where, name, f"{wrong}: {store.bucket.address}/{files.path_of(file['sha256'])}")
