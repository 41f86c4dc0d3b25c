"""Where a server of ours listens, and whom a request names.

A page that binds its own name to our address would read answers otherwise (DNS rebinding).
"""

import re
import socket
from collections.abc import Collection, MutableMapping
from functools import lru_cache
from typing import Any

from pipeline_components.errors import DigitsError

LOCAL = ("localhost", "127.0.0.1", "::1")


def is_named(scope: MutableMapping[str, Any], hosts: Collection[str]) -> bool:
    """Whether an ASGI request names one of these hosts, or the address that the connection came to.

    Whatever the port: it may be forwarded. HTTP/1.0 need not say, and no browser speaks it.
    """
    named = [value for name, value in scope["headers"] if name == b"host"]
    if not named:
        return bool(scope["http_version"] == "1.0")
    host = host_of(named[0].decode("latin-1"))
    return len(named) == 1 and (host in hosts or host == (scope.get("server") or [""])[0])


@lru_cache(64)
def host_of(netloc: str) -> str:
    """`localhost` of `LocalHost:8501`, `::1` of `[::1]:8501`."""
    found = re.fullmatch(r"(?:\[([0-9a-f:.]+)\]|([^:@/\s]+?))\.?(?::\d{0,5})?", netloc.lower())
    return (found[1] or found[2]) if found else ""


def listen(host: str, port: int) -> socket.socket:
    """A socket bound before anything heavy is loaded; raises DigitsError when the address cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError, UnicodeError) as error:
        raise DigitsError(f"{host}:{port}: cannot listen there ({error}): choose another --port or --host") from None
