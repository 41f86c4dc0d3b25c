"""A store whose truth is a bucket: the folder is a cache, in which an artifact is whole and verified, or not there.

`artifacts/<component>/<n>.json` is the log of a component's artifacts, `keys/<recipe key>/<n>.json` tells from where on
in that log a recipe's artifact is found: the number that was the last when the recipe was claimed. Whoever publishes
has seen every entry since, so a recipe has one artifact, whoever made it first; a claim whose writer died is anybody's
to go on with. A recipe is claimed again to be made anew: when that is forced, or what was made is damaged.
"""

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, BucketUnreachable, StoreError
from pipeline_components.store import catalog, disk, files, lock, pins, runs
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.bucket import Bucket, writer_id
from pipeline_components.store.catalog import Summary
from pipeline_components.store.check import Problem, problems_of
from pipeline_components.store.collected import collected
from pipeline_components.store.find import Hit, Miss, intact, nothing
from pipeline_components.store.ids import parse_id
from pipeline_components.store.index import Index
from pipeline_components.store.ledger import Ledger, path_of
from pipeline_components.store.manifest import NAME, Manifest
from pipeline_components.store.mirror import ARTIFACTS, SERVED, Mirror, ids_in, is_collected
from pipeline_components.store.publish import publish, settle
from pipeline_components.store.reason import Reason
from pipeline_components.store.recipe import Recipe
from pipeline_components.store.seal import FORMAT, read_sealed, seal
from pipeline_components.store.served import ServedModel
from pipeline_components.store.store import Store

if TYPE_CHECKING:
    from pipeline_components.store.gc import Collection, Policy

log = logging.getLogger(__name__)
FOLDER = ".remote"
BOUND = f"{FOLDER}/bucket.json"
KEYS = "keys"
PINS = "pins"
USES = "uses"
NOTED_S = 3600.0
STORE = "store.json"


class RemoteStore(Store):
    """Artifacts in a bucket, and in a folder those that were needed here."""

    def __init__(self, root: Path | str, bucket: Bucket) -> None:
        super().__init__(root)
        self.bucket = bucket
        self.ledger = Ledger(bucket)

    @classmethod
    def of(cls, root: Path | str, address: str) -> "RemoteStore":
        """The store in the bucket at an address; raises BadConfig or StoreError in one line."""
        return cls(root, Bucket.at(address))

    @cached_property
    def mirror(self) -> Mirror:
        """What is known here of the bucket's ledger; raises StoreError if the folder is not a cache of this bucket."""
        address = self.bucket.address
        if not self.is_bound():
            if any(catalog.numbers(self.root, each) for each in catalog.components(self.root)):
                raise StoreError(
                    f"{self.root}: a store of its own, no cache of {address}: name an empty folder, or move it "
                    "there by digits push"
                )
            self.ledger.create(STORE, {"id": writer_id()})
            found = self.ledger.get(STORE) or {}
            if "moving" in found:
                raise StoreError(f"{address}: {found['moving']} is being pushed into it: wait for it, or go on there")
            self.bind(found.get("id"))
        return Mirror(self.root / FOLDER / "ledger", self.ledger)

    def is_bound(self) -> bool:
        """Whether the folder is a cache of this bucket; raises StoreError if it is one of another."""
        bound, address = read_sealed(self.root / BOUND), self.bucket.address
        if bound is None or bound.get("address") == address:
            return bound is not None
        if bound.get("id") != (self.ledger.get(STORE) or {}).get("id"):
            raise StoreError(f"{self.root}: a cache of {bound.get('address')}, not of {address}: name another")
        self.bind(bound["id"])  # the same bucket at another address
        return True

    def bind(self, identity: Any) -> None:
        """Let the folder be a cache of this bucket from now on."""
        told = {"format": FORMAT, "address": self.bucket.address, "id": identity}
        lock.replace_file(self.root, BOUND, seal(told))

    def documents(self) -> Path:
        """The mirror's folder, with all that the bucket's ledger has now."""
        return self._refreshed(self.complete)

    def artifact(self, artifact_id: str) -> Artifact:
        """The artifact of that id; one that is not here is fetched when its path is asked for."""
        mirror = self.mirror
        with suppress(ArtifactNotFound):
            return super().artifact(artifact_id)
        manifest = mirror.manifest(artifact_id)
        if manifest is None:
            raise ArtifactNotFound(f"{artifact_id}: no such artifact in {self.bucket.address} (digits ls lists all)")
        return Artifact(artifact_id, self.root / artifact_id, manifest, partial(self._bring, manifest))

    def artifacts(self, component: str | None = None) -> list[Artifact]:
        """All artifacts in the bucket whose manifests are intact, by component and number."""
        return [self.artifact(each.id) for each in self.summaries(component) if not each.damage]

    def newest(self, component: str) -> Iterator[Artifact]:
        """A component's artifacts in the bucket, newest first; those that are here while it does not answer."""
        try:
            last = self.mirror.last(component)
        except BucketUnreachable as error:
            log.warning("%s; going on with what is here", error)
            yield from super().newest(component)
            return
        gone = set(collected(self.mirror.folder, component))
        for number in (each for each in range(last, 0, -1) if each not in gone):
            with suppress(ArtifactNotFound, ArtifactDamaged):
                yield self.artifact(f"{component}/{number}")

    def summaries(self, component: str | None = None) -> list[Summary]:
        """One line per artifact in the bucket."""
        return catalog.summaries(self._refreshed(self.complete_artifacts), component)

    def find(self, recipe: Recipe) -> Hit | Miss:
        """Whether the recipe was made before, on any machine; what is not here is fetched and read again."""
        mirror, damage = self.mirror, []
        with disk.disk_errors(self.root, "looking for an artifact"):
            for number in reversed(Index(self.root, recipe.component).numbers_of(recipe.key)):
                found = intact(self.root, f"{recipe.component}/{number}", recipe)
                if isinstance(found, Artifact) and self._use(found.id):
                    return Hit(found)
                if found is not None:
                    self._drop(f"{recipe.component}/{number}")
            for _, number, entry in self._made(recipe.component, recipe.key):
                try:
                    artifact_id = f"{recipe.component}/{number}"
                    mirror.keep(artifact_id, entry)
                    artifact = self.artifact(artifact_id)
                    self._bring(artifact.manifest)
                    if self._use(artifact_id):
                        return Hit(artifact)
                except ArtifactDamaged as error:
                    log.warning("%s", error)
                    damage.append(Reason("damaged", artifact_id, file_in(error)))
            return Miss(damage[0] if damage else nothing(self.root, recipe, self.newest(recipe.component)))

    def verify(self, ids: Iterable[str] | None = None) -> list[Problem]:
        """What is wrong with these artifacts, or with all in the bucket: each is fetched and read, to its last byte."""
        from pipeline_components.store.remote_verify import verify, verify_artifact

        return verify(self) if ids is None else [problem for each in ids for problem in verify_artifact(self, each)]

    def pins(self) -> dict[str, dict[str, Any]]:
        """Artifact id → when, why and by whom it was pinned on any machine; as it was known, if there is no answer."""
        known = pins.pins(self.mirror.folder)
        try:
            if (found := self.pins_now()) != known:
                pins.write(self.mirror.folder, found)
        except BucketUnreachable as error:
            log.warning("%s; going on with what was known here", error)
            return known
        return found

    def pins_now(self) -> dict[str, dict[str, Any]]:
        """What the bucket says is pinned; raises BucketUnreachable."""
        found = {}
        for each in ids_in(self.ledger, PINS):
            component, number = parse_id(each)
            if (pin := self.ledger.entry(f"{PINS}/{component}", number)) is not None:
                found[each] = {name: value for name, value in pin.items() if name in ("at", "why", "who")}
        return found

    def pin(self, artifact_id: str, why: str = "", who: str = "") -> None:
        """Keep an artifact, and all that it was made from, on every machine until it is unpinned on any."""
        artifact = self.artifact(artifact_id)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        told = {"at": at, "why": why} | ({"who": who} if who else {})
        self.ledger.put(path_of(f"{PINS}/{artifact.component}", artifact.number), told)
        if not self._stands(self.ledger.entry(f"{ARTIFACTS}/{artifact.component}", artifact.number)):
            self.bucket.delete(path_of(f"{PINS}/{artifact.component}", artifact.number))
            raise ArtifactNotFound(f"{artifact_id}: not in {self.bucket.address} any more: a collector has taken it")

    def unpin(self, artifact_id: str) -> None:
        """Let the collector's policy decide again; raises StoreError if the artifact is not pinned."""
        component, number = parse_id(artifact_id)
        if self.ledger.entry(f"{PINS}/{component}", number) is None:
            raise StoreError(f"{artifact_id}: not pinned; pinned: {', '.join(self.pins_now()) or 'none'}")
        self.bucket.delete(path_of(f"{PINS}/{component}", number))

    def collect(self, policy: "Policy | None" = None, *, dry_run: bool = True) -> "Collection":
        """Remove from the bucket, and from the cache, every artifact that the policy does not keep."""
        from pipeline_components.store.remote_gc import collect

        return collect(self, policy, dry_run=dry_run)

    def forget(self, artifact_ids: Iterable[str]) -> None:
        """Take what was collected in the bucket out of the cache too."""
        self.mirror.forget(artifact_ids)
        for each in artifact_ids:
            self._drop(each)

    def brought(self, artifact_id: str) -> Artifact:
        """The artifact, here and as it was published: a copy that is not is fetched again."""
        artifact = self.artifact(artifact_id)
        if artifact.folder.is_dir() and problems_of(artifact):
            self._drop(artifact_id)
        self._bring(artifact.manifest)
        return artifact

    def write_run(self, run_id: str, record: dict[str, Any]) -> Path:
        """Record a pipeline run here and in the bucket, an attempt a document."""
        path = super().write_run(run_id, record)
        self.ledger.append(f"{runs.FOLDER}/{run_id}", 0, lambda _: {"record": record}, lambda *_: False)
        return path

    def served(self, model: str) -> ServedModel:
        """The versions of a model that the bucket numbers."""
        from pipeline_components.store.remote_served import RemoteServedModel

        return RemoteServedModel(self.root, model, self.mirror)

    def run(self, run_id: str) -> dict[str, Any]:
        """The record of a run on any machine; raises StoreError if there is none."""
        return runs.read_run(self._refreshed(self.mirror.complete_runs), run_id)

    def runs(self, newest: int = 0) -> list[dict[str, Any]]:
        """The records of so many runs of all machines, the newest, or of all; oldest first."""
        return Store(self._refreshed(self.mirror.complete_runs)).runs(newest)

    def last_run(self) -> dict[str, Any] | None:
        """The record that was written last on any machine; None if there is none."""
        return next(runs.newest_runs(self._refreshed(self.mirror.complete_runs)), None)

    def complete(self) -> None:
        """Read all that the bucket's ledger has now; raises BucketUnreachable."""
        self.complete_artifacts()
        self.mirror.complete_runs()
        for model in {name.partition("/")[0] for name in self.ledger.names(SERVED)}:
            self.served(model).journal()

    def complete_artifacts(self) -> None:
        """Read the manifests that are not known here; what was collected meanwhile leaves the cache too."""
        for each in self.mirror.complete():
            self._drop(each)

    def _refreshed(self, refresh: Callable[[], None]) -> Path:
        """The mirror's folder, as the bucket is now, or as it was known when it does not answer."""
        try:
            refresh()
        except BucketUnreachable as error:
            log.warning("%s; going on with what was known here", error)
        return self.mirror.folder

    def _made(self, component: str, key: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """The artifacts of a recipe, the last claim's first: claim, number, and the log's entry."""
        for claim in range(self.ledger.last(f"{KEYS}/{key}"), 0, -1):
            claimed = self.ledger.entry(f"{KEYS}/{key}", claim)
            if claimed is None or is_collected(claimed):
                continue
            number = claimed["after"] + 1
            while entry := self.ledger.entry(f"{ARTIFACTS}/{component}", number):
                if _is_of(entry, key, claim):
                    yield claim, number, entry
                    break
                number += 1

    def _publish(
        self, recipe: Recipe, make: Callable[[Path], Any], run_id: str | None, reason: Reason
    ) -> tuple[Artifact, Reason]:
        """What was made here, or the artifact of whoever published the recipe first meanwhile."""
        for each in recipe.artifacts():
            if not self._use(each.id, look=True):
                raise ArtifactNotFound(f"{each.id}: not in {self.bucket.address}, which is the truth: run again")
        mine: list[str] = []
        artifact = publish(self.root, recipe, make, run_id, partial(self._appear, reason, mine))
        return artifact, reason if artifact.id in mine else Reason("hit", artifact.id)

    def _appear(self, reason: Reason, mine: list[str], root: Path, draft: Path, unnamed: Manifest) -> Artifact:
        """Send the files, then the manifest under the next number of the log; then show the draft here."""
        component, key = unnamed.component, unnamed.key
        files.send(self.bucket, draft, unnamed.files, anew=reason.kind == "damaged")
        if reason.kind == "damaged" and reason.id:
            with suppress(StoreError):
                before = self.artifact(reason.id).manifest
                if before.files == unnamed.files:  # the same bytes again: that artifact is whole now
                    mine.append(reason.id)
                    return self._show(draft, before)
        claim, after = self._claim(component, key, anew=reason.kind in ("forced", "damaged"))
        sent: dict[int, Manifest] = {}

        def entry(number: int) -> dict[str, Any]:
            sent[number] = replace(unnamed, id=f"{component}/{number}")
            return {"key": key, "claim": claim, "manifest": sent[number].render().decode()}

        taken: list[dict[str, Any]] = []

        def is_made(number: int, found: dict[str, Any]) -> bool:
            taken.extend([found] if _is_of(found, key, claim) else [])
            return bool(taken)

        number = self.ledger.append(f"{ARTIFACTS}/{component}", after, entry, is_made)
        if taken:
            manifest = self.mirror.keep(f"{component}/{number}", taken[0])
            self._bring(manifest)
            return Artifact(manifest.id, root / manifest.id, manifest)
        mine.append(sent[number].id)
        self._note(sent[number].id)
        return self._show(draft, sent[number])

    def _claim(self, component: str, key: str, *, anew: bool) -> tuple[int, int]:
        """The claim under which a recipe is published, and the number after which the log may have its artifact."""
        last = self.ledger.last(f"{KEYS}/{key}")
        number = last + 1 if anew else max(last, 1)
        while True:
            path = path_of(f"{KEYS}/{key}", number)
            after = self.mirror.last(component) if number > last else 0
            if number > last and self.ledger.create(path, {"after": after}):
                return number, after
            found = self.ledger.get(path)
            if found is not None and not anew and not is_collected(found):
                return number, found["after"]
            number += 1

    def _bring(self, manifest: Manifest) -> None:
        """Let an artifact appear here, every byte compared, unless it is here."""
        folder = self.root / manifest.id
        if folder.is_dir():
            return
        with lock.locked(self.root, "fetch", manifest.id.replace("/", "-")):
            if folder.is_dir():
                return
            errors = disk.disk_errors(folder, "fetching", manifest.size_bytes)
            with errors, lock.draft_folder(lock.drafts(self.root)) as draft:
                files.fetch(self.bucket, manifest.files, draft)
                if settle(draft, manifest.component) != manifest.files:
                    raise ArtifactDamaged(f"{folder}: the copy is not what was fetched: check the disk")
                self._show(draft, manifest)

    def _show(self, draft: Path, manifest: Manifest) -> Artifact:
        """Rename a draft, whose files the disk has, to where readers look."""
        folder, component = self.root / manifest.id, manifest.component
        disk.make_folder(folder.parent)
        (draft / NAME).unlink(missing_ok=True)
        disk.write_new(draft / NAME, manifest.render())
        disk.sync_folder(draft)
        shared = lock.locked(self.root, "store", shared=True, keep=True)
        with shared, lock.locked(self.root, "component", component, keep=True):
            if not folder.is_dir():
                lock.reveal(draft, folder)
            with suppress(OSError, StoreError):
                Index(self.root, component).take_in(int(folder.name))
        return Artifact(manifest.id, folder, manifest)

    def _use(self, artifact_id: str, *, look: bool = False) -> bool:
        """Note a use in the bucket, once an hour; False if the artifact is not there any more, as far as was looked."""
        component, number = parse_id(artifact_id)
        is_noted = self._is_noted(artifact_id)
        if is_noted and not look:
            return True
        try:
            if not is_noted:
                self.ledger.put(path_of(f"{USES}/{component}", number), {"writer": writer_id()})
            entry = self.ledger.entry(f"{ARTIFACTS}/{component}", number)
            stands = self._stands(entry)
        except BucketUnreachable as error:
            if not (self.root / artifact_id).is_dir():
                raise
            log.warning("%s; going on with what is here", error)
            return True
        if not stands:
            self.mirror.forget([artifact_id] if entry and is_collected(entry) else [])
            self._drop(artifact_id)
            return False
        if not is_noted:
            self._note(artifact_id)
        return True

    def _stands(self, entry: dict[str, Any] | None) -> bool:
        """Whether an artifact, by its entry in the log, is there and no collector has marked it."""
        if entry is None or is_collected(entry):
            return False
        return not is_collected(self.ledger.entry(f"{KEYS}/{entry['key']}", entry["claim"]) or {})

    def _is_noted(self, artifact_id: str) -> bool:
        with suppress(OSError):
            return time.time() - (self.root / FOLDER / USES / artifact_id).stat().st_mtime < NOTED_S
        return False

    def _note(self, artifact_id: str) -> None:
        """Remember that the bucket knows of a use by now, or of the artifact's making."""
        noted = self.root / FOLDER / USES / artifact_id
        disk.make_folder(noted.parent)
        noted.touch()

    def _drop(self, artifact_id: str) -> None:
        """Take a copy out of the cache, unless somebody reads it."""
        if (descriptor := lock.hold(self.root / artifact_id, shared=False)) is not None:
            try:
                lock.remove(lock.discard(self.root, self.root / artifact_id))
            finally:
                os.close(descriptor)


def _is_of(entry: dict[str, Any], key: str, claim: int) -> bool:
    return (entry.get("key"), entry.get("claim")) == (key, claim)


def file_in(error: ArtifactDamaged) -> str:
    """The file that an error about an artifact names; its manifest if it names none."""
    parts = str(error).split(": ")
    return parts[1] if len(parts) > 2 else NAME
