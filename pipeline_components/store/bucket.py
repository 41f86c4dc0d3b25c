"""A bucket at an address: S3, GCS, Azure or a folder, through obstore, which is loaded when there is an address.

Credentials and endpoints come from the environment under the names that each kind of bucket has for them
(`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_KEY` …) and are never quoted:
an error is told by its kind and the bucket's address, not by the message of the library, which quotes requests.
"""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline_components.errors import BadConfig, BucketUnreachable, StoreError

VARIABLE = "DIGITS_REMOTE"
KINDS = ("s3", "gs", "az", "file")
WAIT_S = 25.0
PAUSE_S = 0.5


@dataclass(frozen=True)
class Entry:
    """An object as a listing tells of it: its path, bytes, when it was last written, and a tag of its version."""

    path: str
    size_bytes: int
    changed_at: datetime
    tag: str = ""


class Exists(Exception):
    """Raised when an object that was to be created is there already, and somebody else wrote it."""


class Bucket:
    """Objects below an address; every request is repeated for `wait_s` seconds where that may help."""

    def __init__(self, address: str, objects: Any, wait_s: float = WAIT_S) -> None:
        self.address = address
        self.wait_s = wait_s
        self._objects = objects
        self._requests: dict[str, int] = {}

    @classmethod
    def at(cls, address: str, wait_s: float = WAIT_S) -> "Bucket":
        """The bucket at `s3://bucket/prefix` and the like; raises BadConfig for another form, or without obstore."""
        address = checked_address(address)
        try:
            from obstore.store import from_url
        except ImportError:
            raise BadConfig(f"{VARIABLE}: obstore is not installed: pip install 'digits-retraining[remote]'") from None
        if address.startswith("file://"):
            with _told(address, "opening it"):
                Path(urlsplit(address).path).mkdir(parents=True, exist_ok=True)
                return cls(address, from_url(address), wait_s)
        backoff = {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=2), "base": 2}
        retry: Any = {"max_retries": 1000, "retry_timeout": timedelta(seconds=wait_s), "backoff": backoff}
        client: Any = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=max(60.0, wait_s))}
        client["allow_http"] = any(
            os.environ.get(f"{each}_ALLOW_HTTP") == "true" for each in ("AWS", "AZURE", "GOOGLE")
        )
        with _told(address, "opening it"):
            return cls(address, from_url(address, retry_config=retry, client_options=client), wait_s)

    @property
    def requests(self) -> dict[str, int]:
        """How many calls of each kind were made, retries not counted."""
        return dict(self._requests)

    def create(self, path: str, body: bytes) -> None:
        """Write an object that must not be there yet, all of it or nothing; raises Exists where it is.

        `body` has the writer's id in it: a write whose answer was lost is known by that when it is found again.
        """
        deadline = time.monotonic() + self.wait_s
        while True:
            try:
                with self._asking("create", path):
                    self._obstore().put(self._objects, path, body, mode="create")
                return
            except (FileExistsError, BucketUnreachable) as error:
                found = self.get(path)
                if found == body:
                    return
                if found is not None:
                    raise Exists(path) from None
                if time.monotonic() > deadline:
                    raise BucketUnreachable(str(error)) from None
            time.sleep(PAUSE_S)

    def put(self, path: str, body: bytes | Path) -> None:
        """Write an object, in place of what is there; a file is sent in parts, and seen when all have arrived."""
        with self._asking("put", path):
            self._obstore().put(self._objects, path, body)

    def get(self, path: str) -> bytes | None:
        """The bytes of an object; None if it is not there."""
        with self._asking("get", path):
            try:
                return bytes(self._obstore().get(self._objects, path).bytes())
            except FileNotFoundError:
                return None

    def chunks(self, path: str) -> Iterator[bytes]:
        """The bytes of an object in pieces; raises FileNotFoundError if it is not there."""
        with self._asking("get", path):
            for chunk in self._obstore().get(self._objects, path).stream(2**20):
                yield bytes(chunk)

    def head(self, path: str) -> Entry | None:
        """What a listing would tell of one object; None if it is not there."""
        with self._asking("head", path):
            try:
                return _entry(self._obstore().head(self._objects, path))
            except FileNotFoundError:
                return None

    def list(self, prefix: str, after: str | None = None, most: int | None = None) -> list[Entry]:
        """The objects below a folder, by path; with `after` those alone whose path is greater; about `most` of them."""
        found: list[Entry] = []
        with self._asking("list", prefix):
            for page in self._obstore().list(self._objects, prefix, offset=after, chunk_size=1_000):
                found.extend(map(_entry, page))
                if most is not None and len(found) >= most:
                    break
        return sorted(found, key=lambda each: each.path)

    def delete(self, path: str) -> None:
        """Remove an object, if it is there."""
        with self._asking("delete", path):
            try:
                self._obstore().delete(self._objects, path)
            except FileNotFoundError:
                return

    @contextmanager
    def _asking(self, what: str, path: str) -> Iterator[None]:
        self._requests[what] = self._requests.get(what, 0) + 1
        with _told(self.address, f"{what} of {path}"):
            yield

    @staticmethod
    def _obstore() -> Any:
        import obstore

        return obstore


def checked_address(address: str) -> str:
    """The address without a slash at its end; raises BadConfig, never quoting what may be a secret in it."""
    parts = urlsplit(address)
    if parts.scheme not in KINDS:
        kinds = ", ".join(f"{kind}://" for kind in KINDS)
        raise BadConfig(f"{VARIABLE}: an address that begins with one of {kinds} expected, such as s3://bucket/prefix")
    if parts.username or parts.password or parts.query or parts.fragment or "@" in parts.netloc:
        raise BadConfig(f"{VARIABLE}: {parts.scheme}://bucket/prefix alone expected: credentials belong in variables")
    if not (parts.netloc or parts.scheme == "file") or (parts.scheme == "file" and (parts.netloc or not parts.path)):
        raise BadConfig(f"{VARIABLE}: {parts.scheme}:// with a bucket, or file:/// with a folder, expected")
    return address.rstrip("/")


def writer_id() -> str:
    """An id that no other writer has."""
    return uuid.uuid4().hex


def _entry(meta: Any) -> Entry:
    return Entry(meta["path"], meta["size"], meta["last_modified"], (meta["e_tag"] or "").strip('"'))


@contextmanager
def _told(address: str, doing: str) -> Iterator[None]:
    """Turn the library's errors into one line that names the address and quotes nothing."""
    from obstore import exceptions

    try:
        yield
    except (FileNotFoundError, FileExistsError, StoreError):
        raise
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
        raise StoreError(f"{address}: refused, at {doing}: check the credentials in the environment") from None
    except (exceptions.UnknownConfigurationKeyError, ValueError):
        raise BadConfig(f"{address}: not an address of a bucket, or a variable of its settings is wrong") from None
    except (exceptions.BaseError, OSError) as error:
        if exceptions.AlreadyExistsError in type(error).__mro__:
            raise FileExistsError(doing) from None
        kind = f"{type(error).__name__}, at {doing}"
        raise BucketUnreachable(f"{address}: does not answer ({kind}): check the address and the network") from None
