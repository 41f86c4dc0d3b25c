"""Whether a recipe has been made before, and if not, what is new about it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline_components.errors import StoreError
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.catalog import Summary, read_artifact, summaries
from pipeline_components.store.check import problems_of
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
    known = summaries(root, recipe.component)
    damage = []
    for summary in reversed(known):
        if summary.key == recipe.key or summary.damage:
            found = _intact(root, summary.id, recipe)
            if isinstance(found, Artifact):
                return Hit(found)
            damage.extend([found] if found else [])
    return Miss(damage[0] if damage else _nothing(root, recipe, known))


def _intact(root: Path, artifact_id: str, recipe: Recipe) -> Artifact | Reason | None:
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


def _nothing(root: Path, recipe: Recipe, known: list[Summary]) -> Reason:
    compared = [
        Reason("changed", artifact.id, changes=changes(artifact.manifest, recipe)) for artifact in _latest(root, known)
    ]
    if compared:
        return min(compared, key=lambda each: len(each.changes))
    return Reason("damaged", known[-1].id, NAME) if known else Reason("new")


def _latest(root: Path, known: list[Summary]) -> Iterator[Artifact]:
    for summary in known[: -COMPARED - 1 : -1]:
        try:
            yield read_artifact(root, summary.id)
        except StoreError:
            continue
