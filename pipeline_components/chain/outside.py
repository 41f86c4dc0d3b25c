"""Folders outside the store that a component reads: how they are named, and what of them belongs to a recipe."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline_components.errors import BadData


@dataclass(frozen=True)
class OutsideFolder:
    """A folder that the caller names by flag, form or `env_var`.

    With a `digest`, its content is part of the recipe: another content makes another artifact, and one that is made
    again must be given the same. Without one, the component itself verifies what it finds there.
    """

    help: str
    env_var: str
    digest: Callable[[Path], str] | None = None


def images_digest(images: Path) -> str:
    """sha256 over the names and bytes of the images in a folder; raises BadData when there are none to read."""
    from pipeline_components.predict.recognition import images_in

    files = images_in(images) if images.is_dir() else []
    if not files:
        raise BadData(f"{images}: no PNG or JPEG in it")
    digest = hashlib.sha256()
    for file in files:
        try:
            with file.open("rb") as opened:
                content = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            content = f"cannot be read ({error.strerror})"
        digest.update(f"{file.relative_to(images)}\0{content}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def study_digest(study: Path) -> str:
    """sha256 over what a study's trials were and came to, and not how long they took; raises BadData."""
    from pipeline_components.tune.trials import digest_of, read_trials

    return digest_of(read_trials(study))
