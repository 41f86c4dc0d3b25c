"""What a store in a bucket costs: requests and bytes of each thing that is done, and with a million artifacts.

    python -m tests.bench.bucket [--many 1000000] [--collected 100000] [--dataset mnist_sample]

First a real S3 server (SeaweedFS) behind a proxy that counts, and real commands of `digits`. Then a ledger in memory:
its listing is made up of as many names as are asked for, a thousand a request as S3 gives them, and its documents are
made when they are asked for; the code that lists, finds and publishes is the store's own. Seconds are those of this
machine alone: add a round trip to the bucket for each request.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from pipeline_components.store import Recipe, files
from pipeline_components.store.bucket import Bucket, Entry, Exists
from pipeline_components.store.claims import KEYS
from pipeline_components.store.disk import size
from pipeline_components.store.gc import Policy
from pipeline_components.store.ledger import path_of
from pipeline_components.store.mirror import ARTIFACTS
from pipeline_components.store.notes import USES
from pipeline_components.store.remote import RemoteStore
from pipeline_components.store.seal import seal
from tests.bench.growth import manifest_of
from tests.kits.bucket import s3_server
from tests.kits.proxy import Proxy, proxy_to
from tests.kits.store import LIBRARIES, SOURCE, produce

PAGE = 1_000  # names that S3 lists in one request
LISTED_BYTES = 330  # that S3 sends of each
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
TAKEN = 100
COMMANDS = {
    "a run, cold": ("here", ["run", "--epochs", "2", "--accuracy-threshold", "0.5"]),
    "the same again, all hits": ("here", ["run", "--epochs", "2", "--accuracy-threshold", "0.5"]),
    "the same on another machine, all hits": ("there", ["run", "--epochs", "2", "--accuracy-threshold", "0.5"]),
    "ls, on a machine that knows nothing": ("third", ["ls", "--json"]),
    "ls, again": ("third", ["ls", "--json"]),
    "pull, what is served": ("third", ["pull"]),
    "sync": ("third", ["sync"]),
}


def commands(folder: Path, dataset: str) -> Table:
    """Requests and bytes of real commands, the bytes of HTTP's heads and of signatures with them."""
    table = Table("command", "requests", "sent", "received", title="A bucket with one run in it, counted by a proxy")
    with s3_server(folder / "data") as variables, proxy_to(urlsplit(variables["AWS_ENDPOINT_URL"]).port or 0) as proxy:
        told = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy.port}", "DIGITS_REMOTE": "s3://digits/bench"}
        for name, (machine, arguments) in COMMANDS.items():
            command = [sys.executable, "-m", "pipeline_components", *arguments]
            command += ["--dataset", dataset] if arguments[0] == "run" else []
            environment = os.environ | variables | told | {"DIGITS_STORE": str(folder / machine)}
            table.add_row(name, *counted(proxy, command, environment))
    return table


def counted(proxy: Proxy, command: list[str], environment: dict[str, str]) -> tuple[str, str, str]:
    """Requests, and bytes sent and received, of a process."""
    before = proxy.requests, proxy.up_bytes, proxy.down_bytes
    subprocess.run(command, env=environment, check=True, capture_output=True)
    after = proxy.requests, proxy.up_bytes, proxy.down_bytes
    requests, up, down = (now - then for then, now in zip(before, after, strict=True))
    return f"{requests:,}", size(up), size(down)


class MadeUp(Bucket):
    """A bucket of so many artifacts of one component, none of which exists until it is read."""

    def __init__(self, count: int) -> None:
        super().__init__("memory://", None)
        self.count = count
        self.pages = self.bytes = 0
        self.written: dict[str, bytes] = {}

    def list(self, prefix: str, after: str | None = None, most: int | None = None) -> list[Entry]:
        """The names in order that come after one; counted by the page."""
        first, at = 1, datetime.now(UTC)
        found = [Entry(each, len(raw), at) for each, raw in self.written.items() if each.startswith(f"{prefix}/")]
        if prefix in (ARTIFACTS, f"{ARTIFACTS}/train"):
            first = int(after[-14:-5]) + 1 if after else 1
            names = (path_of(f"{ARTIFACTS}/train", n) for n in range(first, self.count + 1))
            found = [*(Entry(each, 1, LONG_AGO) for each in names if each not in self.written), *found]
        found = [each for each in found if after is None or each.path > after][:most]
        self.pages += max(1, -(-len(found) // PAGE))
        self.bytes += LISTED_BYTES * len(found)
        return found

    def get(self, path: str) -> bytes | None:
        """A manifest in the ledger, a claim, or what was written."""
        raw = self.written.get(path) or self._made_up(path)
        self.pages += 1
        self.bytes += len(raw or b"")
        return raw

    def create(self, path: str, body: bytes) -> None:
        """Kept in memory."""
        self.pages += 1
        if path in self.written or self._made_up(path):
            raise Exists(path)
        self.bytes += len(body)
        self.written[path] = body

    def put(self, path: str, body: bytes | Path) -> None:
        """Kept in memory."""
        self.pages += 1
        self.written[path] = raw = body if isinstance(body, bytes) else body.read_bytes()
        self.bytes += len(raw)

    def head(self, path: str) -> Entry | None:
        """Whether it is there."""
        self.pages += 1
        raw = self.written.get(path) or self._made_up(path)
        return None if raw is None else Entry(path, len(raw), datetime.now(UTC))

    def chunks(self, path: str) -> Iterator[bytes]:
        """A file that was written."""
        self.pages += 1
        yield self.written[path]

    def delete(self, path: str) -> None:
        """What was written goes."""
        self.pages += 1
        self.written.pop(path, None)

    def _made_up(self, path: str) -> bytes | None:
        if not path.startswith(f"{ARTIFACTS}/train/") or int(path[-14:-5]) > self.count:
            return None
        number = int(path[-14:-5])
        manifest = manifest_of(Recipe("train", {"seed": number}, {}, SOURCE, LIBRARIES), number, {})
        return seal({"format": 1, "key": manifest.key, "claim": 1, "manifest": manifest.render().decode()})


class Old(MadeUp):
    """One whose artifacts are old, claimed and noted as used, with a file each: what a collector finds."""

    def list(self, prefix: str, after: str | None = None, most: int | None = None) -> list[Entry]:
        """The uses and the files besides."""
        if prefix not in (USES, files.FOLDER):
            return super().list(prefix, after, most)
        names = (self._file(n) if prefix == files.FOLDER else path_of(f"{USES}/train", n) for n in self._numbers())
        found = [Entry(each, 1, LONG_AGO) for each in names]
        self.pages += -(-len(found) // PAGE)
        self.bytes += LISTED_BYTES * len(found)
        return found

    def _numbers(self) -> range:
        return range(1, self.count + 1)

    def _made_up(self, path: str) -> bytes | None:
        if path.startswith(f"{KEYS}/"):
            return seal({"format": 1, "after": 0})
        return b"x" if path.startswith((USES, files.FOLDER)) else super()._made_up(path)

    @staticmethod
    def _file(number: int) -> str:
        return files.path_of(hashlib.sha256(f"train {number}".encode()).hexdigest())


def collecting(folder: Path, counts: list[int]) -> Table:
    """What the collector pays in ledgers of so many artifacts, the first time on a machine and again."""
    columns = [column for count in counts for column in (f"{count:,}", "bytes", "s")]
    table = Table("", *columns, title=f"The collector, which takes {TAKEN} of so many: requests, bytes, seconds")
    stores = [RemoteStore(folder / str(count), Old(count)) for count in counts]
    for store in stores:
        _ = store.mirror
    for name, is_dry_run in (("what would go, first", True), ("what would go, again", True), ("it goes", False)):
        cells = (_paid(store, partial(_collect, is_dry_run)) for store in stores)
        table.add_row(name, *(cell for each in cells for cell in each))
    return table


def _collect(is_dry_run: bool, store: RemoteStore) -> None:
    bucket = store.bucket
    assert isinstance(bucket, Old)
    found = store.collect(Policy(keep=bucket.count - TAKEN, days=0), dry_run=is_dry_run)
    assert len(found.collected) == TAKEN


def ledger(folder: Path, counts: list[int]) -> Table:
    """What finding, publishing and listing pay in ledgers of so many artifacts."""
    columns = [column for count in counts for column in (f"{count:,}", "bytes", "s")]
    table = Table("", *columns, title="A made-up ledger of so many artifacts: requests, bytes, seconds")
    stores = [RemoteStore(folder / str(count), MadeUp(count)) for count in counts]
    for store, count in zip(stores, counts, strict=True):
        _claim_one(store, count)
    for name, step in STEPS.items():
        table.add_row(name, *(cell for store in stores for cell in _paid(store, step)))
    return table


def _claim_one(store: RemoteStore, count: int) -> None:
    """Let one recipe, in the middle, be claimed and its file be there, as if it had been published."""
    manifest = manifest_of(Recipe("train", {"seed": count // 2}, {}, SOURCE, LIBRARIES), count // 2, {})
    store.ledger.create(path_of(f"{KEYS}/{manifest.key}", 1), {"after": count // 2 - 1})
    raw = f"train {count // 2}".encode()
    store.bucket.put(f"files/{hashlib.sha256(raw).hexdigest()}", raw)
    _ = store.mirror


def _find(store: RemoteStore) -> object:
    bucket = store.bucket
    assert isinstance(bucket, MadeUp)
    return produce(store, Recipe("train", {"seed": bucket.count // 2}, {}, SOURCE, LIBRARIES)).hit or 1 / 0


STEPS: dict[str, Callable[[RemoteStore], object]] = {
    "a hit, fetched": _find,
    "a hit, here already": _find,
    "find, never made, the first time on a machine": lambda store: store.find(
        Recipe("train", {"new": 0}, {}, {}, {}, {})
    ),
    "publish": lambda store: produce(store, Recipe("train", {"new": 1}, {}, {}, {}, {})),
    "the names of all, which ls asks for": lambda store: store.ledger.names(ARTIFACTS),
}


def _paid(store: RemoteStore, step: Callable[[RemoteStore], object]) -> tuple[str, str, str]:
    bucket = store.bucket
    assert isinstance(bucket, MadeUp)
    pages, bytes_, began = bucket.pages, bucket.bytes, time.perf_counter()
    step(store)
    return f"{bucket.pages - pages:,}", size(bucket.bytes - bytes_), f"{time.perf_counter() - began:.2f}"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bucket", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--collected", type=int, default=100_000, help="for the collector: a million take half an hour")
    parser.add_argument("--dataset", default="mnist_sample", choices=["mnist", "mnist_sample"])
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="digits-bucket-") as folder:
        Console().print(ledger(Path(folder) / "ledgers", [options.few, options.many]))
        Console().print(collecting(Path(folder) / "collected", [options.few, options.collected]))
        Console().print(commands(Path(folder) / "s3", options.dataset))


if __name__ == "__main__":
    main()
