"""Locks that the kernel lets go of when a process dies, however it dies."""

import fcntl
import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pipeline_components.store.disk import make_folder, sync_folder, write_new

log = logging.getLogger(__name__)
LOCKS = ".locks"
DRAFT, TRASH = ".draft-", ".trash-"
DRAFTS = ".drafts"
Kind = Literal["store", "pins", "runs", "component", "recipe", "model", "fetch"]


@contextmanager
def locked(root: Path, kind: Kind, name: str = "", *, shared: bool = False, keep: bool = False) -> Iterator[None]:
    """Hold a lock of the store, waiting for it; its file goes with its holder unless it is to be kept.

    Who takes several takes them in this order: a recipe's, the store's, then any one of the others.
    """
    path = root / LOCKS / (f"{kind}-{name}" if name else kind)
    make_folder(path.parent)
    descriptor = _acquire(path, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    try:
        yield
    finally:
        if not (shared or keep):
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(path: Path, kind: int) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            _wait(descriptor, kind, path.name)
        except BaseException:
            os.close(descriptor)
            raise
        if _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)  # its last holder removed the file while we waited: another one counts now


def _wait(descriptor: int, kind: int, name: str) -> None:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        log.debug("waiting for the lock %s", name)
        fcntl.flock(descriptor, kind)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def hold(path: Path, *, shared: bool) -> int | None:
    """A lock on an existing folder itself, as a descriptor to close; None if it is gone.

    A shared lock waits for its turn; an exclusive one does not: None if anybody else holds the folder.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if not _is_at(descriptor, path):
        os.close(descriptor)
        return None
    return descriptor


def drafts(root: Path) -> Path:
    """Where a store keeps what is being written or removed, so that a sweep need look nowhere else."""
    return root / DRAFTS


@contextmanager
def draft_folder(parent: Path) -> Iterator[Path]:
    """An empty folder under a name that no reader looks at; whatever is left under it goes when the block ends."""
    path, descriptor = _claim(parent)
    try:
        yield path
    finally:
        remove(path)
        os.close(descriptor)


def _claim(parent: Path) -> tuple[Path, int]:
    make_folder(parent)
    while True:
        path = parent / f"{DRAFT}{uuid.uuid4().hex}"
        path.mkdir()
        descriptor = hold(path, shared=False)
        if descriptor is not None:
            return path, descriptor  # else a sweeper came between the two lines above, and is removing it


def reveal(draft: Path, path: Path) -> None:
    """Rename a draft to where readers look, for good: if the disk refuses to keep the name, take it back."""
    draft.rename(path)
    try:
        sync_folder(path.parent)
    except OSError:
        path.rename(draft)
        raise


def discard(root: Path, path: Path) -> Path:
    """Rename something to where no reader looks; whoever asked removes it, or the next sweep does."""
    make_folder(drafts(root))
    return path.rename(drafts(root) / f"{TRASH}{uuid.uuid4().hex}")


def remove(path: Path) -> None:
    """Remove a folder with all in it, or whatever else is there: `rmtree` would open a FIFO, and wait."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def replace_file(root: Path, name: str, raw: bytes, *, lasting: bool = True) -> None:
    """Write a small file so that a reader finds the old bytes or the new, and a power loss leaves one of them.

    If the disk refuses to keep a new name, it is taken back. One that need not be lasting may be lost, or cut short, by
    a power loss, and nobody waits for the disk.
    """
    path = root / name
    make_folder(path.parent)
    is_new = not path.exists()
    with draft_folder(drafts(root)) as draft:
        if not lasting:
            (draft / path.name).write_bytes(raw)
            (draft / path.name).replace(path)
            return
        write_new(draft / path.name, raw)
        (draft / path.name).replace(path)
        try:
            sync_folder(path.parent)
        except OSError:
            if is_new:
                path.unlink()
            raise


def sweep(folder: Path) -> list[Path]:
    """Remove the drafts and the trash of processes that are dead; those of the living are locked."""
    if not folder.is_dir():
        return []
    left = [Path(entry.path) for entry in os.scandir(folder) if entry.name.startswith((DRAFT, TRASH))]
    return [path for path in left if _remove_dead(path)]


def _remove_dead(path: Path) -> bool:
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return True
    descriptor = hold(path, shared=False)
    if descriptor is None:
        return False
    try:
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)
    return True
