"""The pages as one table of routes, and an ASGI application of them for a server of our own."""

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline_components.errors import (
    ArtifactNotFound,
    BadArtifactId,
    BadConfig,
    DigitsError,
    StoreError,
    of_the_system,
    printable,
)
from pipeline_components.pages.artifacts import Artifacts
from pipeline_components.pages.comparing import Comparing
from pipeline_components.pages.editing import Editing
from pipeline_components.pages.files import Files
from pipeline_components.pages.keeping import Keeping
from pipeline_components.pages.protection import Protected
from pipeline_components.pages.rendering import page
from pipeline_components.pages.runs import Runs

log = logging.getLogger(__name__)
STATIC = {"pages.css": "text/css", "pages.js": "text/javascript", "icon.svg": "image/svg+xml"}
STATUSES: dict[type[DigitsError], int] = {ArtifactNotFound: 404, BadArtifactId: 400, BadConfig: 400, StoreError: 503}
SAID = {
    401: "Log in to Airflow first, then open this page again.",
    403: "This login may not do that, or the form is from another page: reload it.",
}


@dataclass(frozen=True)
class Page:
    """A path and what answers it: a plain function, which is given a thread of its own."""

    path: str
    endpoint: Callable[[Request], Response]


@dataclass(frozen=True)
class Change:
    """A path that is posted to, and what answers it."""

    path: str
    endpoint: Callable[[Request], Awaitable[Response]]


def pages_of(root: Path) -> list[Page]:
    """Every route there is, for a store; no other opens a file of it."""
    artifacts, files, runs = Artifacts(root), Files(root), Runs(root)
    comparing, keeping = Comparing(root), Keeping(root)
    one = "/artifacts/{component}/{number}"
    return [
        Page("/", runs.history),
        Page("/runs/{run_id}", runs.story),
        Page("/runs/{run_id}/tasks/{task}", runs.task),
        Page("/artifacts", artifacts.every),
        Page(one, artifacts.one),
        Page(f"{one}/lineage", artifacts.lineage),
        Page(f"{one}/mistakes", files.mistakes),
        Page(f"{one}/files/{{name:path}}", files.look),
        Page(f"{one}/show/{{name:path}}", files.show),
        Page(f"{one}/download/{{name:path}}", files.download),
        Page("/compare", comparing.two),
        Page("/served", keeping.served),
        Page("/health", keeping.health),
        Page("/static/{name}", static),
    ]


def changes_of(root: Path) -> list[Change]:
    """Every route that changes something, for a server that knows who may: see `rendering.editor_of`."""
    editing = Editing(root)
    return [
        Change("/served/rollback", editing.roll_back),
        Change("/artifacts/{component}/{number}/pin", editing.pin),
    ]


def application(root: Path, hosts: Collection[str] = ()) -> Starlette:
    """The ASGI application; it answers those alone that name it as localhost or as one of these hosts.

    It knows nobody by name, and so it changes nothing.
    """
    return Starlette(
        routes=[Route(each.path, each.endpoint) for each in pages_of(root)],
        middleware=[Middleware(Protected, hosts=hosts)],
        exception_handlers=HANDLERS,
    )


def static(request: Request) -> Response:
    """The style, the script and the icon of the pages."""
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404)
    return Response(_static(name), media_type=STATIC[name], headers={"Cache-Control": "private, max-age=300"})


@lru_cache
def _static(name: str) -> bytes:
    return (Path(__file__).parent / "static" / name).read_bytes()


def on_digits_error(request: Request, error: Exception) -> Response:
    """What was wrong with a request or with the store, in one line."""
    status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 500)
    return page(request, "error", status, line=printable(str(error)), number=status)


def on_os_error(request: Request, error: Exception) -> Response:
    """What the operating system refused, in one line."""
    assert isinstance(error, OSError)
    return page(request, "error", 503, line=printable(of_the_system(error)), number=503)


def on_http_error(request: Request, error: Exception) -> Response:
    """No such page, or no login."""
    assert isinstance(error, HTTPException)
    line = SAID.get(error.status_code, "There is no such page.")
    login = request.scope.get("state", {}).get("login", "")  # where the server in front lets people log in
    answer = page(request, "error", error.status_code, line=line, number=error.status_code, login=login)
    answer.headers.update(error.headers or {})
    return answer


def on_bug(request: Request, error: Exception) -> Response:
    """A bug: its traceback goes to the log and not to the browser."""
    return page(request, "error", 500, line="A bug in this page: the server's log has its traceback.", number=500)


HANDLERS: dict[Any, Callable[[Request, Exception], Response]] = {
    DigitsError: on_digits_error,
    OSError: on_os_error,
    HTTPException: on_http_error,
    Exception: on_bug,
}
