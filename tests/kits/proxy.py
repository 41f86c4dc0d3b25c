"""A line between a client and a server of this machine that can be cut: before, in, or after a request."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

REQUEST = re.compile(rb"((?:GET|PUT|POST|HEAD|DELETE) /\S*) HTTP")
LITTLE_BYTES = 2_000  # of a request that is no more than its head


def _no(request: str) -> bool:
    return False


class Proxy:
    """Passes on what comes to `port`; `drops(request)` loses the answer, `breaks(request)` half the body of a request.

    A request is told as `PUT /bucket/path`.
    """

    def __init__(self, port: int) -> None:
        self.server_port = port
        self.drops: Callable[[str], bool] = _no
        self.breaks: Callable[[str], bool] = _no
        self.cuts = 0
        self.up_bytes = self.down_bytes = self.requests = 0
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.join()

    def join(self) -> None:
        """Let connections in, again after `refuse`."""
        if self._listener.fileno() < 0:
            self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Cut every connection, and let none in."""
        self._close(self._listener, *self._open)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self.server_port))
                self._open |= {client, server}
                asked: list[str] = []
                for pump in (self._up, self._down):
                    threading.Thread(target=pump, args=(client, server, asked), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket, asked: list[str]) -> None:
        is_broken = False
        with suppress(OSError):
            while chunk := client.recv(65_536):
                if found := REQUEST.match(chunk):
                    self.requests += 1
                    asked.append(found[1].decode())
                    is_broken = self.breaks(asked[-1])
                self.up_bytes += len(chunk)
                if is_broken and (not found or len(chunk) > LITTLE_BYTES):
                    server.sendall(chunk[: len(chunk) // 2])
                    self.cuts += 1
                    break
                server.sendall(chunk)
        self._close(client, server)

    def _down(self, client: socket.socket, server: socket.socket, asked: list[str]) -> None:
        with suppress(OSError):
            while chunk := server.recv(65_536):
                if asked and self.drops(asked[-1]):
                    self.cuts += 1
                    break
                self.down_bytes += len(chunk)
                client.sendall(chunk)
        self._close(client, server)

    def _close(self, *sockets: socket.socket) -> None:
        for each in sockets:
            self._open.discard(each)
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def proxy_to(port: int) -> Iterator[Proxy]:
    """A proxy before a port of this machine, until the block ends."""
    proxy = Proxy(port)
    try:
        yield proxy
    finally:
        proxy.refuse()


def once_each(kind: str, times: int = 1) -> Callable[[str], bool]:
    """Says yes to the first so many of each request of a kind, such as PUT."""
    seen: dict[str, int] = {}

    def say(request: str) -> bool:
        seen[request] = seen.get(request, 0) + 1
        return request.startswith(kind) and seen[request] <= times

    return say
