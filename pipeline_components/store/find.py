"""Whether a recipe has been made before, and if not, what is new about it."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipeline_components.errors import StoreError
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.catalog import read_artifact
from pipeline_components.store.check import problems_of
from pipeline_components.store.index import Index
from pipeline_components.store.lock import hold
from pipeline_components.store.manifest import NAME
from pipeline_components.store.reason import Reason
from pipeline_components.store.recipe import Recipe, changes

COMPARED = 20


@dataclass(frozen=True)
class Hit:
    """The recipe was made before, and every byte of what it made is still there."""

    artifact: Artifact

    @property
    def reason(self) -> Reason:
        """Which artifact was found."""
        return Reason("hit", self.artifact.id)

    @property
    def why(self) -> str:
        """The reason in a sentence."""
        return str(self.reason)


@dataclass(frozen=True)
class Miss:
    """The recipe must be made."""

    reason: Reason

    @property
    def why(self) -> str:
        """The reason in a sentence."""
        return str(self.reason)

    @property
    def nearest(self) -> str | None:
        """The most similar artifact, if the recipe was compared with any."""
        return self.reason.id if self.reason.kind == "changed" else None


def find(root: Path, recipe: Recipe) -> Hit | Miss:
    """The newest intact artifact of that recipe, every byte of it read again; else why there is none."""
    damage = []
    for number in reversed(Index(root, recipe.component).numbers_of(recipe.key)):
        found = intact(root, f"{recipe.component}/{number}", recipe)
        if isinstance(found, Artifact):
            return Hit(found)
        damage.extend([found] if found else [])
    return Miss(damage[0] if damage else nothing(root, recipe, newest(root, recipe.component)))


def newest(root: Path, component: str) -> Iterator[Artifact]:
    """The artifacts whose manifests are intact, newest first, each read when it is asked for."""
    for number in Index(root, component).newest():
        with suppress(StoreError):
            yield read_artifact(root, f"{component}/{number}")


def intact(root: Path, artifact_id: str, recipe: Recipe) -> Artifact | Reason | None:
    """The artifact if it is whole; what is wrong with it; or None if it is gone, or another recipe's."""
    folder = root / artifact_id
    descriptor = hold(folder, shared=True)
    if descriptor is None:
        return None
    try:
        artifact = read_artifact(root, artifact_id)
        if artifact.manifest.key != recipe.key:
            return None
        os.utime(folder)  # tells the collector that it is in use
        wrong = problems_of(artifact)
        return Reason("damaged", artifact_id, wrong[0].name) if wrong else artifact
    except FileNotFoundError:
        return None
    except StoreError:
        return Reason("damaged", artifact_id, NAME)
    finally:
        os.close(descriptor)


def nothing(root: Path, recipe: Recipe, others: Iterator[Artifact]) -> Reason:
    """Why a recipe was not made before: how it differs from the most similar of the newest others."""
    latest = list(islice(others, COMPARED))
    compared = [
        Reason("changed", artifact.id, changes=changes(artifact.manifest, recipe))
        for artifact in latest
        if artifact.manifest.key != recipe.key  # else it was published a moment ago
    ]
    if compared:
        return min(compared, key=lambda each: len(each.changes))
    for number in Index(root, recipe.component).newest() if not latest else ():
        return Reason("damaged", f"{recipe.component}/{number}", NAME)
    return Reason("new")
