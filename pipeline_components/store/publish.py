"""From a draft to an artifact, in an order that a crash or a power loss at any moment cannot break."""

import logging
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, DigitsError, StoreError
from pipeline_components.store import disk
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.check import problems_of
from pipeline_components.store.find import newest
from pipeline_components.store.ids import LAST_NUMBER
from pipeline_components.store.index import Index
from pipeline_components.store.lock import draft_folder, drafts, hold, locked, reveal
from pipeline_components.store.manifest import NAME, Manifest
from pipeline_components.store.platform import this_platform
from pipeline_components.store.recipe import Recipe

log = logging.getLogger(__name__)
Make = Callable[[Path], Any]
Appear = Callable[[Path, Path, Manifest], Artifact]
MARGIN_BYTES = 1_000_000


def publish(
    root: Path, recipe: Recipe, make: Make, run_id: str | None = None, appear: Appear | None = None
) -> Artifact:
    """Make what the recipe says in a draft, then let it appear under the next number, whole.

    `appear(root, draft, manifest without an id)` does that elsewhere than in this folder alone.
    """
    folder = root / recipe.component
    need = expected_bytes(root, recipe)
    with disk.disk_errors(folder, f"publishing {recipe.component}", need):
        disk.make_folder(folder)
        check_room(root, recipe.component, need)
        with _inputs_held(recipe), draft_folder(drafts(root)) as draft:
            started = time.monotonic()
            facts = _make(make, draft, recipe.component)
            made = {
                "at": datetime.now(UTC).isoformat(timespec="microseconds"),
                "elapsed_s": round(time.monotonic() - started, 3),
                "host": os.uname().nodename,
                "run_id": run_id,
                **({"served_as": dict(recipe.served_as)} if recipe.served_as else {}),
            }
            with disk.disk_errors(folder, f"publishing {recipe.component}", _written(draft)):
                files = settle(draft, recipe.component)
                return (appear or _appear)(root, draft, _unnamed(recipe, facts, files, made))


def _unnamed(recipe: Recipe, facts: dict[str, Any], files: dict[str, Any], made: dict[str, Any]) -> Manifest:
    """The manifest of what was made, all but its id."""
    return Manifest(
        id="",
        component=recipe.component,
        config=recipe.config,
        inputs=recipe.inputs_json,
        source=recipe.source,
        libraries=recipe.libraries,
        outside=recipe.outside_json,
        platform={**this_platform(), **recipe.environment},
        facts=facts,
        files=files,
        made=made,
    )


def expected_bytes(root: Path, recipe: Recipe) -> int:
    """The room that an artifact is likely to take: what the component's last one took."""
    return next((each.manifest.size_bytes for each in newest(root, recipe.component)), 0)


def check_room(root: Path, what: str, need_bytes: int) -> None:
    """Refuse before an hour of work what the disk has clearly no room for."""
    free = disk.free_bytes(root)
    if free < need_bytes + MARGIN_BYTES:
        need = disk.size(need_bytes + MARGIN_BYTES)
        raise StoreError(
            f"{root}: no room to publish {what}: about {need} needed, {disk.size(free)} free: make room (digits gc)"
        )


def settle(draft: Path, component: str) -> dict[str, dict[str, Any]]:
    """Wait until the disk has every file and folder of a draft; `{path: {"size", "sha256"}}` of what it holds."""
    for name in disk.listing(draft).empty:
        (draft / name).rmdir()
    found = disk.listing(draft)
    if found.empty:
        return settle(draft, component)
    for name, what in found.odd.items():
        raise StoreError(f"{component}: wrote {name}, {what}: an artifact holds files and folders only")
    if NAME in found.sizes:
        raise StoreError(f"{component}: wrote {NAME}, which is the store's own: give the file another name")
    digests = disk.hash_files(draft, found.sizes, sync=True)
    for name in found.folders:
        disk.sync_folder(draft / name)
    return {name: {"size": size, "sha256": digests[name]} for name, size in found.sizes.items()}


def expect_own(root: Path) -> None:
    """Refuse a folder that is a bucket's cache: the bucket numbers artifacts and versions."""
    if (root / ".remote").is_dir():
        raise StoreError(f"{root}: a cache of a bucket, which numbers what it has: set DIGITS_REMOTE to it")


def _appear(root: Path, draft: Path, unnamed: Manifest) -> Artifact:
    folder = root / unnamed.component
    with locked(root, "store", shared=True, keep=True), locked(root, "component", unnamed.component, keep=True):
        expect_own(root)
        index = Index(root, unnamed.component)
        number = index.last()
        while True:
            number += 1
            if number > LAST_NUMBER:
                raise StoreError(f"{folder}: its last number, {LAST_NUMBER}, is given: move that artifact away")
            manifest = replace(unnamed, id=f"{unnamed.component}/{number}")
            (draft / NAME).unlink(missing_ok=True)
            disk.write_new(draft / NAME, manifest.render())
            disk.sync_folder(draft)
            if _reveal(draft, folder / str(number)):
                with suppress(OSError, StoreError):  # it is published: whoever looks next can take it in
                    index.catch_up()
                return Artifact(manifest.id, folder / str(number), manifest)


def _reveal(draft: Path, path: Path) -> bool:
    """False if somebody else has taken that name."""
    try:
        reveal(draft, path)
    except OSError:
        if os.path.lexists(path):
            return False
        raise
    return True


class ComponentFailed(Exception):
    """Carries a component's own exception past the store's handling of the disk's."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _make(make: Make, draft: Path, component: str) -> dict[str, Any]:
    try:
        return _jsonable(make(draft) or {})  # type: ignore[no-any-return]
    except DigitsError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in disk.REFUSALS:
            raise disk.as_store_error(error, draft, f"making {component}", _written(draft)) from error
        if disk.free_bytes(draft) < MARGIN_BYTES // 10:
            raise disk.as_store_error(disk.no_space(draft), draft, f"making {component}", _written(draft)) from error
        raise ComponentFailed(error) from error


def _written(draft: Path) -> int:
    """Bytes that a component has written so far: it needs more than these."""
    return sum(disk.listing(draft).sizes.values())


def _jsonable(value: Any) -> Any:
    """Facts as JSON has them: no NaN, no infinity; both become null."""
    if isinstance(value, dict):
        return {str(name): _jsonable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def _inputs_held(recipe: Recipe) -> Iterator[None]:
    """Keep the collector from the inputs, and make sure that they are what the recipe says, before a byte is read."""
    held: list[int] = []
    try:
        for artifact in recipe.artifacts():
            descriptor = hold(artifact.path, shared=True)
            if descriptor is None:
                raise ArtifactNotFound(f"{artifact.id}: gone, or being collected: run again to make it anew")
            held.append(descriptor)
            os.utime(artifact.path)
            for problem in problems_of(artifact):
                raise ArtifactDamaged(f"{problem}: run again what made it, or restore it from a copy")
        yield
    finally:
        for descriptor in held:
            os.close(descriptor)
