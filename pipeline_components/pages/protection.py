"""ASGI middleware around every page: security headers, and for a server of our own whom a request may name."""

from collections.abc import Collection

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline_components.hosts import LOCAL, is_named

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# What a component has written runs no script and sees no session, whatever is in it: its origin is its own.
STORED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # without one, a browser does not say where a form that it posts is from
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
RAW_HEADERS = {name.lower().encode(): value.encode() for name, value in HEADERS.items()}


class Protected:
    """Adds every header that an answer has not set itself; answers 421 to a host that is not among `hosts`, if any."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None = None) -> None:
        self._app = app
        self._hosts = None if hosts is None else {*LOCAL, *map(str.lower, hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is not HTTP."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = list(message["headers"])
                set_already = {name for name, _ in sent}
                message["headers"] = sent + [each for each in RAW_HEADERS.items() if each[0] not in set_already]
            await send(message)

        is_ours = self._hosts is None or is_named(scope, self._hosts)
        await (self._app if is_ours else _not_ours)(scope, receive, send_guarded)


async def _not_ours(scope: Scope, receive: Receive, send: Send) -> None:
    answer = PlainTextResponse("this server does not go by that name: open the address that digits ui printed\n", 421)
    await answer(scope, receive, send)
