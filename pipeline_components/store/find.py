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
from pipeline_components.store.recipe import Recipe, changes

COMPARED = 20


@dataclass(frozen=True)
class Hit:
    """The recipe was made before, and every byte of what it made is still there."""

    artifact: Artifact
    why: str


@dataclass(frozen=True)
class Miss:
    """The recipe must be made; `changed` says how it differs from the most similar artifact, most telling first."""

    why: str
    nearest: str | None = None
    changed: tuple[str, ...] = ()


def find(root: Path, recipe: Recipe) -> Hit | Miss:
    """The newest intact artifact of that recipe, every byte of it read again; else why there is none."""
    known = summaries(root, recipe.component)
    damage = []
    for summary in reversed(known):
        if summary.key == recipe.key or summary.damage:
            artifact, problem = _intact(root, summary, recipe)
            if artifact:
                return Hit(artifact, f"HIT: {artifact.id}")
            damage.extend([problem] if problem else [])
    return Miss(f"MISS: {damage[0]}") if damage else _miss(root, recipe, known)


def _intact(root: Path, summary: Summary, recipe: Recipe) -> tuple[Artifact | None, str]:
    """The artifact if it is the recipe's and whole; otherwise what is wrong with it."""
    folder = root / summary.id
    descriptor = hold(folder, shared=True)
    if descriptor is None:
        return None, ""
    try:
        artifact = read_artifact(root, summary.id)
        if artifact.manifest.key != recipe.key:
            return None, ""
        os.utime(folder)  # tells the collector that it is in use
        wrong = problems_of(artifact)
        return (None, f"{summary.id} is damaged: {wrong[0].name}") if wrong else (artifact, "")
    except FileNotFoundError:
        return None, ""
    except StoreError:
        return None, f"{summary.id} is damaged: {NAME}"
    finally:
        os.close(descriptor)


def _miss(root: Path, recipe: Recipe, known: list[Summary]) -> Miss:
    compared = [(changes(artifact.manifest, recipe), artifact.id) for artifact in _latest(root, known)]
    if not compared:
        return Miss(f"MISS: {known[-1].id} is damaged: {NAME}" if known else "MISS: nothing like it yet")
    changed, nearest = min(compared, key=lambda each: len(each[0]))
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    return Miss(f"MISS: {changed[0]}{more}", nearest, tuple(changed))


def _latest(root: Path, known: list[Summary]) -> Iterator[Artifact]:
    for summary in known[: -COMPARED - 1 : -1]:
        try:
            yield read_artifact(root, summary.id)
        except StoreError:
            continue
