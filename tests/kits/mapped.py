"""What a process has loaded, seen from outside: the packages whose shared libraries are mapped into its memory."""

import re
from pathlib import Path

import psutil

HEAVY = {"tensorflow", "pandas", "matplotlib"}  # what no page needs
PACKAGE = re.compile(r"/site-packages/([A-Za-z0-9_]+)[/.]\S*\.so", re.ASCII)


def packages_in(pid: int) -> set[str]:
    """The installed packages of which a process has mapped a shared library."""
    return set(PACKAGE.findall(Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")))


def listening_on(port: int, among: list[psutil.Process]) -> list[int]:
    """The processes that answer on a port: the server, and workers that have its socket too."""
    return [
        each.pid
        for each in among
        if any(one.laddr.port == port for one in each.net_connections("tcp") if one.status == psutil.CONN_LISTEN)
    ]
