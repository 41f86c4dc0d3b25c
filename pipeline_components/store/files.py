"""Files in a bucket, `files/<sha256>`: named by their bytes, immutable, sent before the manifest that names them."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.store.bucket import Bucket

FOLDER = "files"
THREADS = 8
FRESH = timedelta(hours=12)  # half of the collector's grace: what is older it may be about to delete

Files = Mapping[str, Mapping[str, Any]]


def path_of(sha256: str) -> str:
    """Where the bytes with that digest are."""
    return f"{FOLDER}/{sha256}"


def send(bucket: Bucket, folder: Path, files: Files, *, anew: bool = False) -> int:
    """Send the files of a folder, {name: {"size", "sha256"}}; those sent lately are skipped, unless `anew`.

    Gives the bytes that were sent. Whoever calls has just compared the folder's bytes with the digests.
    """

    def one(name: str) -> int:
        file = files[name]
        there = None if anew else bucket.head(path_of(file["sha256"]))
        if there and there.size_bytes == file["size"] and datetime.now(UTC) - there.changed_at < FRESH:
            return 0
        bucket.put(path_of(file["sha256"]), folder / name)
        return int(file["size"])

    return sum(_each(one, {file["sha256"]: name for name, file in files.items()}.values()))


def fetch(bucket: Bucket, files: Files, folder: Path) -> None:
    """Write the files into an empty folder, each byte compared; raises ArtifactDamaged naming what is not as it was."""
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    list(_each(lambda name: _fetch(bucket, name, files[name], folder / name), files))


def _fetch(bucket: Bucket, name: str, file: Mapping[str, Any], path: Path) -> None:
    with path.open("xb") as copy:
        if wrong := wrong_with(bucket, file, copy.write):
            raise ArtifactDamaged(f"{bucket.address}/{path_of(file['sha256'])}: {name}: {wrong}")


def wrong_with(bucket: Bucket, file: Mapping[str, Any], take: Callable[[bytes], object] = len) -> str:
    """Read a file to its last byte, each piece given to `take`; what is wrong with it, else nothing."""
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in bucket.chunks(path_of(file["sha256"])):
            take(chunk)
            digest.update(chunk)
            size += len(chunk)
    except FileNotFoundError:
        return "missing"
    same = digest.hexdigest() == file["sha256"]
    return "" if same else f"its bytes have changed ({size} found, {file['size']} expected)"


def _each(one: Any, names: Iterable[str]) -> Iterable[Any]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, names))
