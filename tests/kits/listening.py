"""Servers that only listen, on free ports of this machine: what is sent to them is what is tested."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer, StreamRequestHandler, ThreadingTCPServer
from typing import Any, TypeVar

Server = TypeVar("Server", bound=BaseServer)


class Hook(ThreadingHTTPServer):
    """A webhook: `told` holds the path, the bearer's header and the body of each request, as `read` reads it."""

    def __init__(self, answer: int, read: Callable[[bytes], Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.read = answer, read
        self.told: list[tuple[str, str | None, Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.server.read(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append((self.path, self.headers.get("Authorization"), body))
        self.send_response(self.server.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def hook(answer: int = 200, read: Callable[[bytes], Any] = json.loads) -> Iterator[Hook]:
    """A webhook that gives every request this answer."""
    with _serving(Hook(answer, read)) as server:
        yield server


class _Mailbox(ThreadingTCPServer):
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Mail)
        self.received: list[EmailMessage] = []


class _Mail(StreamRequestHandler):
    server: _Mailbox

    def handle(self) -> None:
        self._say("220 ready")
        while word := self.rfile.readline()[:4].upper().strip():
            if word == b"DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                raw = b"".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in lines)
                self.server.received.append(message_from_bytes(raw, _class=EmailMessage, policy=policy.default))
            self._say("221 bye" if word == b"QUIT" else "250 good")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mailbox() -> Iterator[tuple[int, list[EmailMessage]]]:
    """The port of a mail server that takes whatever comes (RFC 5321, without TLS), and what has come."""
    with _serving(_Mailbox()) as server:
        yield server.server_address[1], server.received


@contextmanager
def _serving(server: Server) -> Iterator[Server]:
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@contextmanager
def datagrams() -> Iterator[tuple[int, list[str]]]:
    """A UDP port and what has come to it, a line each."""
    received: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.1)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                try:
                    received.extend(listener.recv(65536).decode().splitlines())
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        yield int(listener.getsockname()[1]), received
        ended.set()
        thread.join()
