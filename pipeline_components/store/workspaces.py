"""Folders for what a killed attempt leaves to the next: a recipe's own, gone when its artifact is there."""

import os
import time
from contextlib import suppress
from pathlib import Path

from pipeline_components.store.lock import discard, remove

WORKSPACES = ".workspaces"
IDLE_S = 7 * 86_400.0


def workspace_of(root: Path, key: str) -> Path:
    """The folder of a recipe's key."""
    return root / WORKSPACES / key.removeprefix("sha256:")


def drop(root: Path, workspace: Path) -> None:
    """Remove a workspace, if there is one."""
    if os.path.lexists(workspace):
        remove(discard(root, workspace))


def drop_idle(root: Path, idle_s: float = IDLE_S) -> None:
    """Remove the workspaces that nobody has written to for a week."""
    folder = root / WORKSPACES
    for workspace in [*folder.iterdir()] if folder.is_dir() else []:
        if time.time() - _written_at(workspace) > idle_s:
            drop(root, workspace)


def _written_at(workspace: Path) -> float:
    """When anything in it was written last: a file that grows changes no folder's own time."""
    found = 0.0
    for folder, _, files in os.walk(workspace):
        for name in (".", *files):
            with suppress(FileNotFoundError):  # its owner is at work
                found = max(found, os.lstat(f"{folder}/{name}").st_mtime)
    return found
