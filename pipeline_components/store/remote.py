"""A store whose truth is a bucket: the folder is a cache, in which an artifact is whole and verified, or not there.

`artifacts/<component>/<n>.json` is the log of a component's artifacts; `claims.py` says how a recipe has one there, and
`notes.py` and `remote_gc.py` how what nobody needs goes.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, BucketUnreachable, StoreError
from pipeline_components.store import catalog, disk, files, lock, pins, runs
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.bucket import Bucket, writer_id
from pipeline_components.store.cache import Cache
from pipeline_components.store.catalog import Summary
from pipeline_components.store.check import Problem, problems_of
from pipeline_components.store.claims import Claims
from pipeline_components.store.collected import collected
from pipeline_components.store.find import Hit, Miss, intact, nothing
from pipeline_components.store.index import Index
from pipeline_components.store.ledger import Ledger
from pipeline_components.store.manifest import NAME, Manifest
from pipeline_components.store.mirror import SERVED, Mirror
from pipeline_components.store.notes import USES, Notes
from pipeline_components.store.publish import publish
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
STORE = "store.json"


class RemoteStore(Store):
    """Artifacts in a bucket, and in a folder those that were needed here."""

    def __init__(self, root: Path | str, bucket: Bucket) -> None:
        super().__init__(root)
        self.bucket = bucket
        self.ledger = Ledger(bucket)
        self.cache = Cache(self.root, bucket)
        self.notes = Notes(self.ledger, self.root / FOLDER / USES)

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
        return Artifact(artifact_id, self.root / artifact_id, manifest, partial(self.cache.bring, manifest))

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
                    self.cache.drop(f"{recipe.component}/{number}")
            for artifact_id, entry in Claims(mirror).made(recipe.component, recipe.key):
                try:
                    mirror.keep(artifact_id, entry)
                    artifact = self.artifact(artifact_id)
                    self.cache.bring(artifact.manifest)
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
            if (found := self.notes.pins()) != known:
                pins.write(self.mirror.folder, found)
        except BucketUnreachable as error:
            log.warning("%s; going on with what was known here", error)
            return known
        return found

    def pinnings(self, artifact_id: str) -> list[dict[str, Any]]:
        """Every time that an artifact was pinned or unpinned on any machine, oldest first."""
        return self.notes.pinnings(artifact_id)

    def pin(self, artifact_id: str, why: str = "", who: str | None = None) -> None:
        """Keep an artifact, and all that it was made from, on every machine until it is unpinned on any."""
        self.notes.pin(self.artifact(artifact_id).id, why, who)

    def unpin(self, artifact_id: str, why: str = "", who: str | None = None) -> None:
        """Let the collector's policy decide again; raises StoreError if the artifact is not pinned."""
        self.notes.unpin(artifact_id, why, who)

    def collect(self, policy: "Policy | None" = None, *, dry_run: bool = True) -> "Collection":
        """Remove from the bucket, and from the cache, every artifact that the policy does not keep."""
        from pipeline_components.store.remote_gc import collect

        return collect(self, policy, dry_run=dry_run)

    def forget(self, artifact_ids: Iterable[str]) -> None:
        """Take what was collected in the bucket out of the cache too."""
        self.mirror.forget(artifact_ids)
        for each in artifact_ids:
            self.cache.drop(each)

    def brought(self, artifact_id: str) -> Artifact:
        """The artifact, here and as it was published: a copy that is not is fetched again."""
        artifact = self.artifact(artifact_id)
        if artifact.folder.is_dir() and problems_of(artifact):
            self.cache.drop(artifact_id)
        self.cache.bring(artifact.manifest)
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
        for model in self.models():
            self.served(model).journal()

    def models(self) -> list[str]:
        """The models of which the bucket has versions."""
        return sorted({name.partition("/")[0] for name in self.ledger.names(SERVED)})

    def complete_artifacts(self) -> None:
        """Read the manifests that are not known here; what was collected meanwhile leaves the cache too."""
        for each in self.mirror.complete():
            self.cache.drop(each)

    def _refreshed(self, refresh: Callable[[], None]) -> Path:
        """The mirror's folder, as the bucket is now, or as it was known when it does not answer."""
        try:
            refresh()
        except BucketUnreachable as error:
            log.warning("%s; going on with what was known here", error)
        return self.mirror.folder

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
        files.send(self.bucket, draft, unnamed.files, anew=reason.kind == "damaged")
        if reason.kind == "damaged" and reason.id:
            with suppress(StoreError):
                before = self.artifact(reason.id).manifest
                if before.files == unnamed.files:  # the same bytes again: that artifact is whole now
                    mine.append(reason.id)
                    return self.cache.show(draft, before)
        manifest, is_mine = Claims(self.mirror).enter(unnamed, anew=reason.kind in ("forced", "damaged"))
        if not is_mine:
            self.cache.bring(manifest)
            return Artifact(manifest.id, root / manifest.id, manifest)
        mine.append(manifest.id)
        self.notes.remember(manifest.id)
        return self.cache.show(draft, manifest)

    def _use(self, artifact_id: str, *, look: bool = False) -> bool:
        """Note a use in the bucket; False, and no copy here any more, if it does not have the artifact."""
        try:
            stands = self.notes.use(artifact_id, look=look)
        except BucketUnreachable as error:
            if not (self.root / artifact_id).is_dir():
                raise
            log.warning("%s; going on with what is here", error)
            return True
        if not stands:
            self.cache.drop(artifact_id)
        return stands


def file_in(error: ArtifactDamaged) -> str:
    """The file that an error about an artifact names; its manifest if it names none."""
    parts = str(error).split(": ")
    return parts[1] if len(parts) > 2 else NAME
