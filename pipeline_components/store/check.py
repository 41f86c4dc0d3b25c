"""Checks the files of one artifact against its manifest: every size, every byte, none missing, none added."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_components.store.artifact import Artifact
from pipeline_components.store.disk import THREADS, hash_files, listing
from pipeline_components.store.manifest import NAME

LITTLE_BYTES = 1_000_000  # hashed before a thread has started


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: whose (`train/3`, `serving/digits/4`), which file of it, and what was found."""

    where: str
    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.name}: {self.what}"


def problems_of(artifact: Artifact) -> list[Problem]:
    """What is wrong with an artifact's files; reads all of them."""
    return check_files(artifact.path, artifact.manifest.files, artifact.id, {NAME})


def check_files(folder: Path, files: dict[str, dict[str, Any]], where: str, beside: set[str]) -> list[Problem]:
    """Compare a folder with what a manifest says of it; `beside` names the files that the manifest cannot list."""
    try:
        found = listing(folder)
    except OSError as error:
        return [Problem(where, str(error.filename or folder), f"cannot be read ({error.strerror})")]
    wrong = {name: f"{what}, a file expected" for name, what in found.odd.items()}
    wrong |= {name: "missing" for name in files if name not in found.sizes and name not in found.odd}
    wrong |= {name: "not in the manifest" for name in found.sizes if name not in files and name not in beside}
    wrong |= dict.fromkeys(found.empty, "an empty folder, not in the manifest")
    same_size = []
    for name in files:
        if name in found.sizes and found.sizes[name] != files[name]["size"]:
            wrong[name] = f"{found.sizes[name]} bytes found, {files[name]['size']} expected"
        elif name in found.sizes:
            same_size.append(name)
    wrong |= {name: what for name, what in _changed(folder, same_size, files).items() if what}
    return [Problem(where, name, wrong[name]) for name in sorted(wrong)]


def _changed(folder: Path, names: list[str], files: dict[str, dict[str, Any]]) -> dict[str, str]:
    is_little = sum(files[name]["size"] for name in names) < LITTLE_BYTES
    try:
        digests = hash_files(folder, names, threads=1 if is_little else THREADS)
    except OSError:
        digests = {name: _digest_or_error(folder, name) for name in names}
    return {
        name: f"its bytes have changed ({digests[name][:12]} found, {files[name]['sha256'][:12]} expected)"
        for name in names
        if digests[name] != files[name]["sha256"]
    }


def _digest_or_error(folder: Path, name: str) -> str:
    try:
        return hash_files(folder, [name])[name]
    except OSError as error:
        return f"{error.strerror}"
