"""What a process has loaded, seen from outside: the packages whose shared libraries are mapped into its memory."""

import re
from contextlib import suppress
from pathlib import Path

import psutil

HEAVY = {"tensorflow", "pandas", "matplotlib"}  # what no page needs
PACKAGE = re.compile(r"/site-packages/([A-Za-z0-9_]+)[/.]\S*\.so", re.ASCII)


def packages_in(pid: int) -> set[str]:
    """The installed packages of which a process has mapped a shared library."""
    return set(PACKAGE.findall(Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")))


def listening_on(port: int, among: list[psutil.Process]) -> list[int]:
    """The processes that answer on a port: the server, and workers that have its socket too."""
    return [each.pid for each in among if port in _ports_of(each)]


def _ports_of(process: psutil.Process) -> list[int]:
    """Where a process listens; nowhere, if it has ended meanwhile."""
    with suppress(psutil.NoSuchProcess):
        return [each.laddr.port for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    return []
