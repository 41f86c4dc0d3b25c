"""Collecting in a bucket: one collector at a time, and nothing that was used within the grace.

`collections/<n>.json` is the log of collections. Its last entry is the lease of the collector at work, and has what it
is about to collect: when it dies, the lease ends by itself, and the next one decides afresh about what still stands.
Users go before inputs, and each in this order: its recipe's claim is marked, and nobody finds it any more; whoever pins
or uses an artifact notes that first and then looks at the mark, so that either the collector sees the note, and takes
the mark back, or they see the mark; then its manifest gives way to a smaller document, and its number is never given
again. Last go the files that nothing names, if they are older than the grace: whoever publishes sends files before the
manifest, and sends again what is older than half of the least grace.
"""

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline_components.errors import StoreError
from pipeline_components.store import files
from pipeline_components.store.bucket import Entry
from pipeline_components.store.claims import KEYS
from pipeline_components.store.collected import collected
from pipeline_components.store.gc import Collection, Policy, held, kept_by
from pipeline_components.store.graph import Graph, graph_of, served_models
from pipeline_components.store.ledger import path_of
from pipeline_components.store.mirror import ARTIFACTS, COLLECTIONS, ids_in, is_collected, path_in
from pipeline_components.store.notes import PINS, USES
from pipeline_components.store.served import FOLDER
from pipeline_components.store.workspaces import drop_idle

if TYPE_CHECKING:
    from pipeline_components.store.remote import RemoteStore

LEASE = timedelta(hours=1)
BURIED = {"collected": ""}
GRACE = 2 * files.FRESH  # the least; a use is noted once an hour


@dataclass(frozen=True)
class _Decision:
    doomed: dict[str, int]  # users before inputs, with their bytes
    uses: dict[str, Entry]  # as they were when it was made
    graph: Graph
    retiring: dict[str, list[int]]
    retired: dict[str, int]
    kept: dict[str, str]


def collect(store: "RemoteStore", policy: Policy | None = None, *, dry_run: bool = True) -> Collection:
    """Remove from the bucket what the policy does not keep; raises StoreError rather than guess, or if another does."""
    policy = policy or Policy()
    policy = replace(policy, grace_hours=max(policy.grace_hours, GRACE.total_seconds() / 3600))
    if dry_run:
        decided = _decide(store, policy)
        return Collection(decided.doomed, decided.retired, decided.kept, True)
    number, ids = _begin(store)
    try:
        store.forget(ids)
        decided = _decide(store, policy)
        buried = [*ids, *_bury_all(store, number, ids, decided)]
        for model, numbers in decided.retiring.items():
            store.served(model).retire(numbers, why=f"older than the newest {policy.versions}")
        store.forget(buried)
        _delete_files(store, timedelta(hours=policy.grace_hours))
    except BaseException:
        with suppress(StoreError):
            _end_lease(store, number)
        raise
    _say(store, number, buried, timedelta(0), is_done=True)
    drop_idle(store.root)
    gone = {each: size for each, size in decided.doomed.items() if each in buried}
    spared = dict.fromkeys(decided.doomed.keys() - gone.keys(), "used or pinned meanwhile")
    return Collection(gone, decided.retired, decided.kept | spared, False)


def _begin(store: "RemoteStore") -> tuple[int, list[str]]:
    """Take the lease: the collection's number, and what one that died has buried and told nobody of."""
    ledger, number = store.ledger, store.ledger.last(COLLECTIONS)
    before = (ledger.entry(COLLECTIONS, number) if number else None) or {"is_done": True}
    if not before["is_done"] and datetime.fromisoformat(before["until"]) > datetime.now(UTC):
        raise StoreError(f"{store.bucket.address}: {before['who']} collects, until {before['until']} at most: wait")
    ids = [] if before["is_done"] else before["ids"]
    if not ledger.create(path_of(COLLECTIONS, number + 1), _entry(ids, LEASE)):
        raise StoreError(f"{store.bucket.address}: another collector has just begun: wait for it")
    entries = {each: ledger.get(path_in(ARTIFACTS, each)) or BURIED for each in ids}
    for entry in entries.values():
        if not is_collected(entry):
            _mark(store, entry, None)
    return number + 1, [each for each, entry in entries.items() if is_collected(entry)]


def _bury_all(store: "RemoteStore", number: int, left: list[str], decided: _Decision) -> Iterator[str]:
    """Bury what is doomed, but for what was used or pinned meanwhile and all that it was made from; gives the ids."""
    ids, spared, said_at = [*left, *decided.doomed], set[str](), float("-inf")
    for each in decided.doomed:
        if time.monotonic() - said_at >= LEASE.total_seconds() / 4:
            if store.bucket.head(path_of(COLLECTIONS, number + 1)):
                raise StoreError(f"{store.bucket.address}: another collector has taken over: its lease had run out")
            _say(store, number, ids, LEASE)
            said_at = time.monotonic()
        if each in spared:
            continue
        if _bury(store, each, decided.uses.get(each)):
            yield each
        else:
            spared |= decided.graph.ancestors([each])


def _bury(store: "RemoteStore", artifact_id: str, use: Entry | None) -> bool:
    """Leave a smaller document in place of a manifest; False if the artifact was pinned, or used since `use`."""
    ledger, path, used = store.ledger, path_in(ARTIFACTS, artifact_id), path_in(USES, artifact_id)
    entry = ledger.get(path)
    if entry is None or is_collected(entry):
        return True
    _mark(store, entry, artifact_id)
    noted = store.bucket.head(used)
    if ledger.get(path_in(PINS, artifact_id)) or (noted and (not use or noted.tag != use.tag)):
        _mark(store, entry, None)
        return False
    now = datetime.now(UTC).isoformat(timespec="seconds")
    ledger.put(path, {"key": entry["key"], "claim": entry["claim"], "collected": now})
    store.bucket.delete(used)
    return True


def _mark(store: "RemoteStore", entry: Mapping[str, Any], artifact_id: str | None) -> None:
    """Let the claim of an artifact say that it is collected, or no longer."""
    path = path_of(f"{KEYS}/{entry['key']}", entry["claim"])
    claim = store.ledger.get(path)
    if claim is not None and claim.get("collected") != artifact_id:
        plain = {name: value for name, value in claim.items() if name != "collected"}
        store.ledger.put(path, plain | ({"collected": artifact_id} if artifact_id else {}))


def _end_lease(store: "RemoteStore", number: int) -> None:
    found = store.ledger.entry(COLLECTIONS, number) or {"ids": []}
    _say(store, number, found["ids"], timedelta(0))


def _say(store: "RemoteStore", number: int, ids: list[str], lease: timedelta, *, is_done: bool = False) -> None:
    store.ledger.put(path_of(COLLECTIONS, number), _entry(ids, lease, is_done=is_done))


def _entry(ids: list[str], lease: timedelta, *, is_done: bool = False) -> dict[str, Any]:
    until = (datetime.now(UTC) + lease).isoformat(timespec="seconds")
    return {"who": os.uname().nodename, "until": until, "ids": ids, "is_done": is_done}


def _decide(store: "RemoteStore", policy: Policy) -> _Decision:
    store.complete()
    folder, now = store.mirror.folder, datetime.now(UTC)
    graph, uses = graph_of(folder), ids_in(store.ledger, USES)
    used = {each: entry.changed_at for each, entry in ids_in(store.ledger, ARTIFACTS).items()}
    used |= {each: max(used[each], uses[each].changed_at) for each in uses.keys() & used.keys()}
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
    kept = kept_by(policy, graph, held(folder, policy, retired, store.notes.pins()), idle_s)
    doomed = {e: graph.artifacts[e].manifest.size_bytes for e in graph.users_first() if e not in kept}
    return _Decision(doomed, uses, graph, retiring, retired, kept)


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
