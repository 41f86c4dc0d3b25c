"""Collecting in a bucket: one collector at a time, and nothing that was used within the grace.

`collections/<n>.json` is the log of collections. Its last entry is the lease of the collector at work, and has what it
is about to collect: when it dies, the lease ends by itself, and the next one goes on with that first. Users go before
inputs, and each in this order: its recipe's claim says so, and nobody finds it any more; its manifest gives way to a
smaller document, and its number is never given again. Then go the files that nothing names, if they are older than the
grace: whoever publishes sends files before the manifest, and sends again what is older than half of it.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline_components.errors import StoreError
from pipeline_components.store import files, remote
from pipeline_components.store.collected import collected
from pipeline_components.store.gc import Collection, Policy, held, kept_by
from pipeline_components.store.graph import graph_of, served_models
from pipeline_components.store.ids import parse_id
from pipeline_components.store.ledger import path_of
from pipeline_components.store.mirror import ARTIFACTS, COLLECTIONS, ids_in, is_collected
from pipeline_components.store.served import FOLDER
from pipeline_components.store.workspaces import drop_idle

if TYPE_CHECKING:
    from pipeline_components.store.remote import RemoteStore

LEASE = timedelta(hours=1)


@dataclass(frozen=True)
class _Decision:
    doomed: dict[str, int]  # users before inputs, with their bytes
    retiring: dict[str, list[int]]
    retired: dict[str, int]
    kept: dict[str, str]


def collect(store: "RemoteStore", policy: Policy | None = None, *, dry_run: bool = True) -> Collection:
    """Remove from the bucket what the policy does not keep; raises StoreError rather than guess, or if another does."""
    policy = policy or Policy()
    policy = replace(policy, grace_hours=max(policy.grace_hours, 2 * remote.NOTED_S / 3600))  # uses are noted that late
    if dry_run:
        decided = _decide(store, policy)
        return Collection(decided.doomed, decided.retired, decided.kept, True)
    number, left = _begin(store)
    ids = left
    try:
        decided = _decide(store, policy)
        ids = [*dict.fromkeys([*left, *decided.doomed])]
        _say(store, number, ids, LEASE)
        for each in ids:
            _bury(store, each)
        for model, numbers in decided.retiring.items():
            store.served(model).retire(numbers, why=f"older than the newest {policy.versions}")
        store.forget(ids)
        _delete_files(store, timedelta(hours=policy.grace_hours))
    except BaseException:
        _say(store, number, ids, timedelta(0))
        raise
    _say(store, number, ids, timedelta(0), is_done=True)
    drop_idle(store.root)
    return Collection(decided.doomed, decided.retired, decided.kept, False)


def _begin(store: "RemoteStore") -> tuple[int, list[str]]:
    """Take the lease: the collection's number, and what one that died was about to collect."""
    ledger, number = store.ledger, store.ledger.last(COLLECTIONS)
    before = (ledger.entry(COLLECTIONS, number) if number else None) or {"is_done": True}
    if not before["is_done"] and datetime.fromisoformat(before["until"]) > datetime.now(UTC):
        raise StoreError(f"{store.bucket.address}: {before['who']} collects, until {before['until']} at most: wait")
    left = [] if before["is_done"] else [each for each in before["ids"] if _is_there(store, each)]
    if not ledger.create(path_of(COLLECTIONS, number + 1), _entry(left, LEASE)):
        raise StoreError(f"{store.bucket.address}: another collector has just begun: wait for it")
    return number + 1, left


def _is_there(store: "RemoteStore", artifact_id: str) -> bool:
    component, number = parse_id(artifact_id)
    entry = store.ledger.entry(f"{ARTIFACTS}/{component}", number)
    return entry is not None and not is_collected(entry)


def _say(store: "RemoteStore", number: int, ids: list[str], lease: timedelta, *, is_done: bool = False) -> None:
    store.ledger.put(path_of(COLLECTIONS, number), _entry(ids, lease, is_done=is_done))


def _entry(ids: list[str], lease: timedelta, *, is_done: bool = False) -> dict[str, Any]:
    until = (datetime.now(UTC) + lease).isoformat(timespec="seconds")
    return {"who": os.uname().nodename, "until": until, "ids": ids, "is_done": is_done}


def _decide(store: "RemoteStore", policy: Policy) -> _Decision:
    store.complete()
    folder, now = store.mirror.folder, datetime.now(UTC)
    graph, written = graph_of(folder), ids_in(store.ledger, ARTIFACTS)
    used = written | {
        each: max(at, written[each]) for each, at in ids_in(store.ledger, remote.USES).items() if each in written
    }
    gone = {f"{name}/{n}" for name in {each.partition("/")[0] for each in used} for n in collected(folder, name)}
    for each in sorted(used.keys() - graph.artifacts.keys() - gone):
        raise StoreError(f"{each}: its manifest in {store.bucket.address} is damaged; nothing collected: digits verify")
    retiring = {each.model: each.retirable(policy.versions) for each in served_models(folder)}
    versions = {(each.model, version.number): version for each in served_models(folder) for version in each.versions()}
    retired = {
        f"{FOLDER}/{model}/{number}": sum(file["size"] for file in versions[model, number].files.values())
        for model, numbers in retiring.items()
        for number in numbers
    }
    idle_s = {each: (now - used[each]).total_seconds() for each in graph.artifacts}
    kept = kept_by(policy, graph, held(folder, policy, retired, store.pins_now()), idle_s)
    doomed = {e: graph.artifacts[e].manifest.size_bytes for e in graph.users_first() if e not in kept}
    return _Decision(doomed, retiring, retired, kept)


def _bury(store: "RemoteStore", artifact_id: str) -> None:
    component, number = parse_id(artifact_id)
    ledger, path = store.ledger, path_of(f"{ARTIFACTS}/{component}", number)
    entry = ledger.get(path)
    if entry is None or is_collected(entry):
        return
    claim, now = (
        path_of(f"{remote.KEYS}/{entry['key']}", entry["claim"]),
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    ledger.put(claim, {**(ledger.get(claim) or {}), "collected": artifact_id})
    ledger.put(path, {"key": entry["key"], "claim": entry["claim"], "collected": now})
    store.bucket.delete(path_of(f"{remote.USES}/{component}", number))


def _delete_files(store: "RemoteStore", grace: timedelta) -> None:
    """Delete every old file that neither a manifest nor a served version names; each is looked at again just before."""
    store.complete()
    named = {file["sha256"] for each in _named_in(store) for file in each.values()}
    for entry in store.bucket.list(files.FOLDER):
        if entry.path.removeprefix(f"{files.FOLDER}/") not in named and _is_older(entry.changed_at, grace):
            again = store.bucket.head(entry.path)
            if again and _is_older(again.changed_at, grace):
                store.bucket.delete(entry.path)


def _named_in(store: "RemoteStore") -> Iterable[dict[str, dict[str, Any]]]:
    folder = store.mirror.folder
    yield from (each.manifest.files for each in graph_of(folder).artifacts.values())
    yield from (version.files for model in served_models(folder) for version in model.versions())


def _is_older(at: datetime, grace: timedelta) -> bool:
    return datetime.now(UTC) - at >= grace
