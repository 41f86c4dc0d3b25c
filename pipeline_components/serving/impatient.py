"""Connections that are not waited for: the head of a request comes within seconds and some kilobytes, or never."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pipeline_components.serving.contract import error_body

LARGEST_HEAD_BYTES = 65_536
REASONS = {408: "Request Timeout", 431: "Request Header Fields Too Large"}


class Impatient(HttpToolsProtocol):
    """uvicorn's protocol with bounds on a request's head, of which it knows none: seconds, and bytes."""

    def __init__(self, *arguments: Any, headers_within_s: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._within_s = headers_within_s
        self._head_bytes = 0
        self._begun = False
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, and no longer than for any."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take some bytes; those of a head are counted until it is whole."""
        was_begun = self._begun
        super().data_received(data)
        if was_begun and self._begun:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD_BYTES:
                self._refuse(431, f"more than {LARGEST_HEAD_BYTES} bytes of headers")
        elif self._patience is None and not self._is_answering() and not self.transport.is_closing():
            self._wait()  # empty lines before a request are its first bytes

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._begun, self._head_bytes = True, 0
        if self._patience is None:
            self._wait()

    def on_headers_complete(self) -> None:
        """The head is whole: from here on the body has its own deadline."""
        self._begun = False
        self._stop()
        super().on_headers_complete()

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._patience = self.loop.call_later(self._within_s, self._give_up)

    def _stop(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self._begun:
            self._refuse(408, f"headers not received within {self._within_s:g} s")
        else:
            self.transport.close()

    def _refuse(self, status: int, message: str) -> None:
        self._stop()
        self._begun = False
        if self._is_answering():
            self.transport.close()
            return
        body = error_body(message)
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\ncontent-type: application/json\r\nconnection: close\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        self.transport.close()
