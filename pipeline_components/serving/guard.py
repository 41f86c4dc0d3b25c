"""ASGI middleware around every request: a bound on how many at once, security headers, counters, JSON errors."""

import logging
import time
from collections.abc import Collection

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline_components.hosts import LOCAL, is_named
from pipeline_components.serving.contract import RequestError, error_body
from pipeline_components.serving.metrics import ServerMetrics

log = logging.getLogger(__name__)

JSON = "application/json"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
ALWAYS_ANSWERED = {"/health", "/metrics"}


class Guard:
    """ASGI middleware around the whole application; 429 when `requests_in_flight` are being answered already."""

    def __init__(
        self, app: ASGIApp, metrics: ServerMetrics, requests_in_flight: int, hosts: Collection[str] = ()
    ) -> None:
        self._app = app
        self._hosts = {*LOCAL, *map(str.lower, hosts)}
        self._metrics = metrics
        self._most = requests_in_flight
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is not HTTP."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        app = self._app if self._in_flight < self._most or scope["path"] in ALWAYS_ANSWERED else too_many
        app = app if is_named(scope, self._hosts) else not_ours
        started, begun, status = time.perf_counter(), False, 500

        async def send_guarded(message: Message) -> None:
            nonlocal begun, status
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                sent = list(message["headers"])
                if not any(name == b"cache-control" for name, _ in sent):
                    sent.append((b"cache-control", b"no-store"))
                message["headers"] = sent + RAW_HEADERS
            await send(message)

        self._in_flight += 1
        self._metrics.in_flight.set(self._in_flight)
        try:
            await app(scope, receive, send_guarded)
        except Exception:  # a bug: its traceback goes to the log and not to the client
            log.exception("%s %s failed", scope["method"], scope["path"])
            if not begun:
                await error(500, "internal error: see the server's log")(scope, receive, send_guarded)
        finally:
            self._in_flight -= 1
            self._metrics.in_flight.set(self._in_flight)
            self._metrics.answered(_route(scope), status, time.perf_counter() - started)


def _route(scope: Scope) -> str:
    """The name of the function that answered: few names, whatever paths people ask for."""
    return str(getattr(scope.get("endpoint"), "__name__", "none"))


def error(status: int, message: str) -> Response:
    """An error in TensorFlow Serving's form; those that will pass say when to come back."""
    headers = {"Retry-After": "1"} if status in (429, 503) else None
    return Response(error_body(message), status, headers, JSON)


async def not_ours(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers 421 without reading the request."""
    named = next((value.decode("latin-1")[:80] for name, value in scope["headers"] if name == b"host"), "")
    await error(421, f"host {named!r} is not this server's: name it with --allowed-hosts")(scope, receive, send)


async def too_many(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers 429 without reading the request."""
    await error(429, "too many requests at once: try again in a second")(scope, receive, send)


async def on_request_error(request: Request, exc: Exception) -> Response:
    """What a handler found wrong with the request."""
    assert isinstance(exc, RequestError)
    return error(exc.status, str(exc))


async def on_http_error(request: Request, exc: Exception) -> Response:
    """No such path, or not with this method."""
    assert isinstance(exc, HTTPException)
    response = error(exc.status_code, f"Malformed request: {request.method} {request.url.path[:200]}")
    response.headers.update(exc.headers or {})
    return response


async def on_disconnect(request: Request, exc: Exception) -> Response:
    """Nobody reads this; the status is for the metrics (499 is nginx's word for it)."""
    return error(499, "the client went away")


ERRORS = {
    RequestError: on_request_error,
    HTTPException: on_http_error,
    ClientDisconnect: on_disconnect,
}
