"""What pages change, for whom the server in front lets edit: which version is served, and what is pinned.

Only by POST, only from a page of the same origin, only with a reason; and all of it with the name of who did it.
"""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline_components.errors import BadConfig, StoreError, printable
from pipeline_components.pages import asking
from pipeline_components.pages.rendering import at, editor_of

log = logging.getLogger(__name__)
MOST_BYTES = 10_000
LONGEST_REASON = 500  # characters
PATIENCE_S = 300  # a rollback loads the model and replays its golden batch
VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
FORM = "application/x-www-form-urlencoded"


class Editing:
    """Answers to what is posted."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def roll_back(self, request: Request) -> Response:
        """Put an earlier version back into service, and show what is served."""
        who, said = await posted(request)
        version, reason = said.get("version", ""), _reason(said)
        if not VERSION.fullmatch(version):
            raise BadConfig(f"version: {version[:40]!r} found, a version's number expected")
        await run_in_threadpool(roll_back, asking.opened(self._root).root, int(version), who, reason)
        return _see(request, "/served")

    async def pin(self, request: Request) -> Response:
        """Keep an artifact, whatever the collector's policy, or let the policy decide again."""
        who, said = await posted(request)
        artifact_id, store = asking.id_of(request), asking.opened(self._root)
        if said.get("pinned") == "no":
            await run_in_threadpool(store.unpin, artifact_id, _reason(said), who)
        else:
            await run_in_threadpool(store.pin, artifact_id, _reason(said), who)
        return _see(request, at(artifact_id))


async def posted(request: Request) -> tuple[str, dict[str, str]]:
    """Who posts, and the fields of the form; raises HTTPException 403 for who may not, or for a form from elsewhere."""
    who = editor_of(request)
    if not who or not is_same_origin(request):
        raise HTTPException(403)
    if request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
        raise BadConfig(f"content-type: {FORM} expected")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=10)
    return who, {name: values[-1] for name, values in fields.items()}


def is_same_origin(request: Request) -> bool:
    """Whether the browser says that a page of this very host has posted; one that does not say is not believed."""
    origin = urlsplit(request.headers.get("origin", ""))
    is_own = origin.scheme in ("http", "https") and origin.netloc == request.headers.get("host", "")
    return is_own and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


def roll_back(root: Path, version: int, who: str, reason: str) -> None:
    """Roll back in a process of its own, which may load TensorFlow; raises StoreError with its last line if it fails.

    Each argument is one word with its flag: no reason is taken for a flag, nor for the name of a file.
    """
    command = [sys.executable, "-m", "pipeline_components", "rollback", str(version)]
    command += [f"--why={reason}", f"--by={who}", f"--store={root}"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"COLUMNS": "500"},
        )
    except subprocess.TimeoutExpired:
        raise StoreError(f"version {version}: not rolled back to within {PATIENCE_S} s: try again") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1].removeprefix("digits: ")
        raise StoreError(f"version {version}: not rolled back to: {said}")
    log.info("version %d rolled back to by %s: %s", version, who, reason)


def _reason(said: dict[str, str]) -> str:
    """Why, on one line; raises BadConfig where it is empty or too long."""
    reason = printable(said.get("reason", "").replace("\0", " ")).strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise BadConfig(f"reason: {len(reason)} characters found, 1 to {LONGEST_REASON} expected")
    return reason


def _see(request: Request, path: str) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '').rstrip('/')}{path}", 303)
