"""File operations of the store: hashing in parallel, fsync, no link followed, disk errors in one line."""

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_components.errors import ArtifactDamaged, StoreError
from pipeline_components.regular_files import open_regular

REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}
THREADS = min(8, os.cpu_count() or 1)


@dataclass
class Listing:
    """What a folder holds, at any depth: regular files with sizes, and whatever has no place in an artifact."""

    sizes: dict[str, int] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    odd: dict[str, str] = field(default_factory=dict)


def listing(folder: Path) -> Listing:
    """Walk a folder without following a link or opening a file."""
    found = Listing()
    _walk(folder, "", found)
    return found


def _walk(folder: Path, prefix: str, found: Listing) -> bool:
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    for entry in entries:
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            if not _walk(folder / entry.name, f"{name}/", found):
                found.empty.append(name)
            found.folders.append(name)
        elif entry.is_file(follow_symlinks=False):
            found.sizes[name] = entry.stat(follow_symlinks=False).st_size
        else:
            found.odd[name] = "a link" if entry.is_symlink() else "neither a file nor a folder"
    return bool(entries)


def sha256_of(path: Path, *, sync: bool = False) -> str:
    """The SHA-256 of a file's bytes, written to the disk first if asked."""
    with os.fdopen(open_regular(path), "rb", buffering=0) as file:
        if sync:
            os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_files(folder: Path, names: Iterable[str], *, sync: bool = False, threads: int = THREADS) -> dict[str, str]:
    """SHA-256 of each file, whole, in parallel threads: hashlib lets go of the interpreter's lock."""
    ordered = list(names)
    if threads == 1 or len(ordered) == 1:
        return {name: sha256_of(folder / name, sync=sync) for name in ordered}
    with ThreadPoolExecutor(threads) as pool:
        return dict(zip(ordered, pool.map(lambda name: sha256_of(folder / name, sync=sync), ordered), strict=True))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power loss."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and the missing ones above it, each lasting."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def write_new(path: Path, raw: bytes) -> None:
    """Write a file that must not be there yet, and wait until the disk has it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        write_all(file.fileno(), raw)
        os.fsync(file.fileno())


def write_all(descriptor: int, raw: bytes) -> None:
    """Write every byte: one call may write fewer than it was given."""
    view = memoryview(raw)
    while view:
        view = view[os.write(descriptor, view) :]


def free_bytes(folder: Path) -> int:
    """Bytes that can still be written to the disk of a folder, or of its nearest parent that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def size(count: float) -> str:
    """`12345678` → `12.3 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


@contextmanager
def disk_errors(path: Path, doing: str, need_bytes: int = 0) -> Iterator[None]:
    """Turn the disk's refusals into one line that names the path, what was being done, and what to do."""
    try:
        yield
    except OSError as error:
        raise as_store_error(error, path, doing, need_bytes) from error


def as_store_error(error: OSError, path: Path, doing: str, need_bytes: int = 0) -> StoreError:
    """The one line for an error of the operating system."""
    where = error.filename if isinstance(error.filename, str) else path
    what = f"{where}: {(error.strerror or str(error)).lower()} while {doing}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        need = f"at least {size(need_bytes)} needed, " if need_bytes else ""
        return StoreError(f"{what}: {need}{size(free_bytes(path))} free: make room (digits gc) and run again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StoreError(f"{what}: make the store writable, or choose another with --store")
    if error.errno == errno.EIO:
        return StoreError(f"{what}: check the disk, then run again")
    return StoreError(f"{what}: check the store's folder")


def no_space(path: Path) -> OSError:
    """The error of a full disk, for libraries that report it under another name."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def damaged(path: Path, error: OSError) -> ArtifactDamaged:
    """The one line for a file of an artifact that cannot be read."""
    if isinstance(error, FileNotFoundError):
        return ArtifactDamaged(f"{path}: missing")
    return ArtifactDamaged(f"{path}: {(error.strerror or str(error)).lower()}: not a file that can be read")
