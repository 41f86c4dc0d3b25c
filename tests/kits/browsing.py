"""The pages of a store on a port of this machine, for a browser."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from pipeline_components.pages.application import application

PAGES = (
    "/",
    "/runs/run__2",
    "/runs/search__1",
    "/artifacts",
    "/artifacts/preprocess/1",
    "/artifacts/train/1",
    "/artifacts/evaluate/1",
    "/artifacts/report/1",
    "/artifacts/tune/1",
    "/artifacts/train/2/lineage",
    "/artifacts/evaluate/1/mistakes",
    "/artifacts/preprocess/1/files/test.arrow",
    "/artifacts/ingest/1/files/a.txt",
    "/compare?one=evaluate/1&other=evaluate/2",
    "/served",
    "/health?gc=1",
)


@contextmanager
def served(root: Path) -> Iterator[str]:
    """The address of the pages of that store."""
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(root), ws="none", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    bound.close()
