"""A version in service, and what makes two of them the same model: their files, whatever manifest they came with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_components.errors import StoreError
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.seal import canonical, sha256

SAVED_MODEL = "saved_model"


@dataclass(frozen=True)
class ServedVersion:
    """A model in service, now or earlier: `export` is the artifact it came from, `origin` the version it repeats."""

    number: int
    path: Path
    export: str
    digest: str
    folder: str
    origin: int
    action: str
    at: str
    who: str
    why: str
    files: dict[str, dict[str, Any]]

    @property
    def content(self) -> str:
        """The digest of its bytes alone: versions with the same are the same model, whatever they came from."""
        return content_of(self.files)


def files_in(artifact: Artifact, folder: str = SAVED_MODEL) -> dict[str, dict[str, Any]]:
    """The files of a folder of an artifact, as its manifest knows them; raises StoreError if there are none."""
    prefix = f"{folder}/"
    named = artifact.manifest.files.items()
    files = {name.removeprefix(prefix): file for name, file in named if name.startswith(prefix)}
    if not files:
        raise StoreError(f"{artifact.id}: no folder {folder!r} in it: expected an export")
    return files


def content_in(artifact: Artifact, folder: str = SAVED_MODEL) -> str:
    """What a version's `content` would be if it were pushed from there."""
    return content_of(files_in(artifact, folder))


def content_of(files: dict[str, dict[str, Any]]) -> str:
    """The digest of some files, by name, size and bytes."""
    return sha256(canonical(files))
