"""The store: a folder of artifacts, each made once, found again and never changed."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_components.errors import StoreError
from pipeline_components.store import catalog, lock, pins, runs
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.bucket import VARIABLE
from pipeline_components.store.catalog import Summary
from pipeline_components.store.check import Problem
from pipeline_components.store.disk import disk_errors
from pipeline_components.store.find import Hit, Miss, find, newest
from pipeline_components.store.publish import ComponentFailed, publish
from pipeline_components.store.reason import Reason
from pipeline_components.store.recipe import Recipe
from pipeline_components.store.served import ServedModel
from pipeline_components.store.workspaces import drop, workspace_of

if TYPE_CHECKING:
    from pipeline_components.store.gc import Collection, Policy


@dataclass(frozen=True)
class Outcome:
    """What `produce` gives: an artifact, and why it was reused or made."""

    artifact: Artifact
    reason: Reason
    elapsed_s: float

    @property
    def hit(self) -> bool:
        """Whether it was there before."""
        return self.reason.kind == "hit"

    @property
    def why(self) -> str:
        """The reason in a sentence."""
        return str(self.reason)


class Store:
    """Artifacts under one folder, which need not exist yet; any number of processes may use it at once."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    @staticmethod
    def from_environment() -> "Store":
        """The store in the folder that DIGITS_STORE names, else in `artifacts`, and the bucket behind it."""
        return Store.at(Path(os.environ.get("DIGITS_STORE") or "artifacts").resolve())

    @staticmethod
    def at(root: Path | str) -> "Store":
        """The store in a folder; with DIGITS_REMOTE that bucket's, and the folder is a cache of it."""
        address = os.environ.get(VARIABLE)
        if not address:
            return Store(root)
        from pipeline_components.store.remote import RemoteStore

        return RemoteStore.of(root, address)

    def documents(self) -> Path:
        """The folder with every manifest, run record and served version that is known, in the store's layout.

        Of artifacts that are elsewhere it has no files.
        """
        return self.root

    def artifact(self, artifact_id: str) -> Artifact:
        """The artifact of that id; raises BadArtifactId, ArtifactNotFound or ArtifactDamaged (its manifest)."""
        return catalog.read_artifact(self.root, artifact_id)

    def artifacts(self, component: str | None = None) -> list[Artifact]:
        """All artifacts whose manifests are intact, by component and number; `verify` names the others."""
        found = []
        for name in [component] if component else catalog.components(self.root):
            for number in catalog.numbers(self.root, name):
                try:
                    found.append(self.artifact(f"{name}/{number}"))
                except StoreError:
                    continue
        return found

    def newest(self, component: str) -> Iterator[Artifact]:
        """A component's artifacts whose manifests are intact, newest first, each read when it is asked for."""
        return newest(self.root, component)

    def summaries(self, component: str | None = None) -> list[Summary]:
        """One line per artifact, fast enough for ten thousand of them."""
        return catalog.summaries(self.root, component)

    def find(self, recipe: Recipe) -> Hit | Miss:
        """Whether the recipe was made before, its bytes read again; else why not."""
        with disk_errors(self.root, "looking for an artifact"):
            return find(self.root, recipe)

    def produce(
        self, recipe: Recipe, make: Callable[[Path], Any], *, force: bool = False, run_id: str | None = None
    ) -> Outcome:
        """The artifact of a recipe: found, or made by `make(folder)`, which writes there and returns facts.

        Two processes with the same recipe make one artifact: the second waits, and finds it.
        """
        started = time.monotonic()
        try:
            with disk_errors(self.root / recipe.component, "publishing"), lock.locked(self.root, "recipe", recipe.key):
                self.sweep()
                found = Miss(Reason("forced")) if force else self.find(recipe)
                if isinstance(found, Hit):
                    artifact, reason = found.artifact, found.reason
                else:
                    artifact, reason = self._publish(recipe, make, run_id, found.reason)
                drop(self.root, self.workspace(recipe))
        except ComponentFailed as failure:
            raise failure.error from None
        return Outcome(artifact, reason, time.monotonic() - started)

    def _publish(
        self, recipe: Recipe, make: Callable[[Path], Any], run_id: str | None, reason: Reason
    ) -> tuple[Artifact, Reason]:
        """The new artifact, and why it was made."""
        return publish(self.root, recipe, make, run_id), reason

    def workspace(self, recipe: Recipe) -> Path:
        """A folder, made by whoever needs it, for what is to outlive an attempt at a recipe that is killed."""
        return workspace_of(self.root, recipe.key)

    def verify(self, ids: Iterable[str] | None = None) -> list[Problem]:
        """Everything that is wrong with these artifacts, or with the whole store."""
        from pipeline_components.store.verify import verify

        return verify(self.root, ids)

    def write_run(self, run_id: str, record: dict[str, Any]) -> Path:
        """Remove what dead processes left, and record a pipeline run."""
        with disk_errors(self.root, "removing drafts of dead processes"):
            self.sweep()
        return runs.write_run(self.root, run_id, record)

    def run(self, run_id: str) -> dict[str, Any]:
        """The record of a run; raises StoreError if there is none."""
        return runs.read_run(self.root, run_id)

    def runs(self, newest: int = 0) -> list[dict[str, Any]]:
        """The records of so many runs, the newest, or of all; oldest first."""
        return [*islice(runs.newest_runs(self.root), max(newest, 0) or None)][::-1]

    def last_run(self) -> dict[str, Any] | None:
        """The record that was written last; None if there is none."""
        return runs.last_run(self.root)

    def served(self, model: str) -> ServedModel:
        """The versions of a model in service."""
        return ServedModel(self.root, model)

    def pins(self) -> dict[str, dict[str, Any]]:
        """Artifact id → when, why and by whom it was pinned; raises StoreError if the list is damaged."""
        return pins.pins(self.root)

    def pinnings(self, artifact_id: str) -> list[dict[str, Any]]:
        """Every time that an artifact was pinned or unpinned, oldest first: `action`, `at`, `why`, `who`."""
        return pins.past(self.root).get(artifact_id, [])

    def pin(self, artifact_id: str, why: str = "", who: str | None = None) -> None:
        """Keep an artifact, and all that it was made from, until it is unpinned."""
        pins.pin(self.root, artifact_id, why, who)

    def unpin(self, artifact_id: str, why: str = "", who: str | None = None) -> None:
        """Let the collector's policy decide again; raises StoreError if the artifact is not pinned."""
        pins.unpin(self.root, artifact_id, why, who)

    def collect(self, policy: "Policy | None" = None, *, dry_run: bool = True) -> "Collection":
        """Remove every artifact that the policy does not keep; raises StoreError rather than guess."""
        from pipeline_components.store.gc import collect

        return collect(self.root, policy, dry_run=dry_run)

    def sweep(self) -> list[Path]:
        """Remove every draft whose process is dead."""
        return lock.sweep(lock.drafts(self.root))
