"""The pages on a port of this machine, without Airflow."""

import logging
import signal
import socket
from collections.abc import Collection
from pathlib import Path

from pipeline_components.pages.application import application


def serve_pages(root: Path, bound: socket.socket, hosts: Collection[str] = ()) -> None:
    """Answer until told to stop."""
    import uvicorn

    config = uvicorn.Config(
        application(root, hosts),
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    # uvicorn raises a signal again when it has ended, and being told to end is no failure:
    # https://github.com/Kludex/uvicorn/pull/1600
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    uvicorn.Server(config).run(sockets=[bound])
