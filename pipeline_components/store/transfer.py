"""Moving between a folder and a bucket: a store of one machine into it, and artifacts out of it into a cache.

A store is moved whole, into a bucket that has no artifacts: its ids, which manifests name, stay as they are. While it
is on its way `store.json` says so, and nobody else uses the bucket. What has arrived is not sent again.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from pipeline_components.errors import ArtifactDamaged, StoreError
from pipeline_components.store import catalog, files, lock, runs
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.bucket import writer_id
from pipeline_components.store.claims import KEYS
from pipeline_components.store.collected import collected
from pipeline_components.store.disk import size
from pipeline_components.store.graph import graph_of, served_models
from pipeline_components.store.ids import parse_id
from pipeline_components.store.ledger import Ledger, path_of
from pipeline_components.store.manifest import NAME, input_entries
from pipeline_components.store.mirror import ARTIFACTS, SERVED, path_in
from pipeline_components.store.notes import PINNINGS, PINS
from pipeline_components.store.pins import past, pins
from pipeline_components.store.remote import STORE, RemoteStore
from pipeline_components.store.remote_served import body_of
from pipeline_components.store.served import PUT, ServedModel
from pipeline_components.store.verify import verify

Told = Callable[[str], object]


@dataclass(frozen=True)
class Pushed:
    """What a push has sent: artifacts, entries of the journals of versions, attempts of runs, and bytes of files."""

    artifacts: int = 0
    versions: int = 0
    runs: int = 0
    sent_bytes: int = 0


def push(store: RemoteStore, told: Told) -> Pushed:
    """Move the store in the folder into the bucket, which has none yet; the folder is its cache afterwards.

    Raises ArtifactDamaged, before anything is sent, if a byte of the store is not as it was published, and StoreError
    if the bucket has artifacts of its own. Whoever wants to publish into the folder waits meanwhile.
    """
    with lock.locked(store.root, "store", keep=True):
        if store.is_bound():
            _ended(store.ledger)
            return Pushed()
        for problem in verify(store.root):
            raise ArtifactDamaged(f"{problem}: nothing is pushed: restore it from a copy, or let gc collect it")
        identity = _begun(store)
        artifacts, sent_bytes = _push_artifacts(store, told)
        for artifact_id, pin in pins(store.root).items():
            store.ledger.create(path_in(PINS, artifact_id), pin)
        for artifact_id, said in past(store.root).items():
            for number, each in enumerate(said, 1):
                store.ledger.create(path_of(f"{PINNINGS}/{artifact_id}", number), each)
        versions = sum(_push_versions(store.ledger, model, told) for model in served_models(store.root))
        sent = Pushed(artifacts, versions, send_runs(store), sent_bytes)
        store.bind(identity)
        _ended(store.ledger)
    return sent


def pull(store: RemoteStore, ids: Iterable[str], told: Told) -> list[str]:
    """Bring artifacts, and all that they were made from, whole and verified into the cache; without ids what is served.

    Gives the ids of what is there now; a copy that is not as it was published is fetched again.
    """
    graph, wanted = graph_of(store.documents()), list(ids)
    if not wanted:
        wanted = [version.export for model in store.models() if (version := store.served(model).bring())]
    found = graph.ancestors(store.artifact(each).id for each in wanted)
    order = [each for each in reversed(graph.users_first()) if each in found]
    for each in order:
        artifact = store.brought(each)
        told(f"{each} is here, {size(artifact.manifest.size_bytes)}")
    return order


def sync(store: RemoteStore) -> dict[str, int]:
    """Exchange documents: send the records of runs that the bucket has not, read all that it has.

    The versions in service are brought into this machine's layout. Gives how many artifacts and versions are known, and
    how many attempts of runs were sent.
    """
    sent = send_runs(store)
    store.complete()
    versions = [store.served(model).bring() for model in store.models()]
    return {"artifacts": len(store.summaries()), "served": sum(map(bool, versions)), "runs_sent": sent}


def send_runs(store: RemoteStore) -> int:
    """Send the attempts of runs, oldest first, that are recorded in the folder and of which the bucket has fewer."""
    there, sent = Counter(name.rpartition("/")[0] for name in store.ledger.names(runs.FOLDER)), 0
    for run_id in runs.run_ids(store.root):
        for number, record in enumerate(runs.attempts(store.root, run_id), 1):
            if number > there[run_id]:
                sent += store.ledger.create(path_of(f"{runs.FOLDER}/{run_id}", number), {"record": record})
    return sent


def _begun(store: RemoteStore) -> str:
    """Write down in the bucket that this store is being moved into it; the bucket's id."""
    ledger, me = store.ledger, f"{os.uname().nodename}:{store.root.resolve()}"
    address = ledger.bucket.address
    ledger.create(STORE, {"id": writer_id(), "moving": me})
    found = ledger.get(STORE) or {}
    if found.get("moving", me) != me:
        raise StoreError(f"{address}: {found['moving']} is being pushed into it: go on there, or use another prefix")
    if "moving" not in found:
        if any(ledger.names(each) for each in (ARTIFACTS, runs.FOLDER, SERVED)):
            raise StoreError(
                f"{address}: has artifacts of its own, with the same numbers: push {store.root} into another prefix, "
                "or name an empty folder and run again: what the bucket has is reused"
            )
        ledger.put(STORE, {"id": found["id"], "moving": me})
    return str(found["id"])


def _ended(ledger: Ledger) -> None:
    found = ledger.get(STORE) or {}
    if "moving" in found:
        ledger.put(STORE, {"id": found["id"]})


def _push_artifacts(store: RemoteStore, told: Told) -> tuple[int, int]:
    """Send every artifact after those that it was made from, and in the order of the numbers, which have no gap."""
    artifacts, claims = graph_of(store.root).artifacts, Counter[str]()
    there, count, sent_bytes = store.ledger.names(ARTIFACTS), 0, 0
    for component, number in _in_order(store.root, artifacts):
        path = path_of(f"{ARTIFACTS}/{component}", number)
        artifact = artifacts.get(f"{component}/{number}")
        if artifact is None:
            store.ledger.create(path, {"collected": True})
            continue
        key, manifest = artifact.manifest.key, (artifact.folder / NAME).read_text()
        claims[key] += 1
        if path.removeprefix(f"{ARTIFACTS}/").removesuffix(".json") not in there:
            sent_bytes += files.send(store.bucket, artifact.folder, artifact.manifest.files)
            store.ledger.create(path_of(f"{KEYS}/{key}", claims[key]), {"after": number - 1})
            if store.ledger.create(path, {"key": key, "claim": claims[key], "manifest": manifest}):
                count += 1
                told(f"{artifact.id} is sent, {size(artifact.manifest.size_bytes)}")
                continue
        if (store.ledger.get(path) or {}).get("manifest") != manifest:
            raise StoreError(f"{artifact.id}: another one is in {store.bucket.address}: use another prefix")
    return count, sent_bytes


def _in_order(root: Path, artifacts: Mapping[str, Artifact]) -> Iterator[tuple[str, int]]:
    """Every number that was given, each after the one before it and after what its artifact was made from."""
    needs: TopologicalSorter[tuple[str, int]] = TopologicalSorter()
    for component in catalog.components(root):
        last = max([0, *catalog.numbers(root, component), *collected(root, component)])
        for number in range(1, last + 1):
            artifact = artifacts.get(f"{component}/{number}")
            inputs = [parse_id(each["id"]) for _, each in input_entries(artifact.manifest.inputs)] if artifact else []
            needs.add((component, number), *inputs, *([(component, number - 1)] if number > 1 else []))
    return iter(needs.static_order())


def _push_versions(ledger: Ledger, model: ServedModel, told: Told) -> int:
    """Send a model's journal, with the files of each version that is still there."""
    there, numbers, count = ledger.last(f"{SERVED}/{model.model}"), model.numbers(), 0
    for position, entry in enumerate(model.journal(), 1):
        if position <= there:
            continue
        document: dict[str, Any] = {"entry": asdict(entry)}
        if entry.action in PUT and entry.version in numbers:
            version = model.version(entry.version)
            files.send(ledger.bucket, version.path, version.files)
            document = {"version": body_of(version), "replaces": entry.replaces}
        count += ledger.create(path_of(f"{SERVED}/{model.model}", position), document)
        told(f"{model.model}/{entry.version} is sent: {entry.action}")
    return count
