"""`digits push`, `pull`, `sync`: a store into a bucket, artifacts out of it, and what each knows of the other."""

import json as jsonlib
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pipeline_components.commands.inspect import listed, resolve
from pipeline_components.commands.options import DEFAULT_STORE, JsonOption, StoreOption, note
from pipeline_components.errors import BadConfig, StoreError
from pipeline_components.store import Store
from pipeline_components.store.bucket import VARIABLE
from pipeline_components.store.disk import size
from pipeline_components.store.remote import RemoteStore
from pipeline_components.store.transfer import pull as pull_artifacts
from pipeline_components.store.transfer import push as push_store
from pipeline_components.store.transfer import sync as sync_store


def push(*, store: StoreOption = DEFAULT_STORE, json: JsonOption = False) -> None:
    """Move a store into the bucket of DIGITS_REMOTE: artifacts, served versions, records of runs, under their ids.

    The bucket must have no artifacts yet. Every byte is verified before any is sent; a push that was interrupted goes
    on where it stopped. The folder is the bucket's cache afterwards.
    """
    if not store.is_dir():
        raise StoreError(f"{store}: no store there that could be pushed: name another with --store")
    where = _remote(store)
    sent = push_store(where, note)
    if json:
        print(jsonlib.dumps(asdict(sent)))
    else:
        what = f"{size(sent.sent_bytes)} sent: artifacts {sent.artifacts}, versions {sent.versions}, runs {sent.runs}"
        print(f"{what}; {store} is a cache of {where.bucket.address}")


def pull(
    artifact: Annotated[list[str] | None, Parameter(help="Ids; what is served if none is given.")] = None,
    /,
    *,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """Bring artifacts of the bucket, and all that they were made from, whole and verified onto this machine."""
    where = _remote(store)
    found = pull_artifacts(where, [resolve(where, each).id for each in artifact or []], note)
    if json:
        print(jsonlib.dumps(found))
    else:
        print(f"here, as published: {listed(found) if found else 'nothing, for nothing is served'}")


def sync(*, store: StoreOption = DEFAULT_STORE, json: JsonOption = False) -> None:
    """Exchange what machines know: read the bucket's documents, bring what is served, send the records of runs.

    Afterwards `ls`, `lineage`, `runs` and `versions` answer without the bucket, as of now.
    """
    found = sync_store(where := _remote(store))
    if json:
        print(jsonlib.dumps(found))
    else:
        known = (
            f"known: artifacts {found['artifacts']}, served models {found['served']}; sent: runs {found['runs_sent']}"
        )
        print(f"{known}; as {where.bucket.address} is now")


def _remote(store: Path) -> RemoteStore:
    """The store behind a folder, which must be a bucket's."""
    found = Store.at(store)
    if not isinstance(found, RemoteStore):
        raise BadConfig(f"{VARIABLE}: not set: the bucket is expected there, such as s3://bucket/prefix")
    return found
