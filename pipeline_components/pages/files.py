"""The pages of an artifact's files: rows a page at a time, text, pictures; and the bytes themselves."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from pipeline_components.browse.answers import FILE as PREDICTIONS
from pipeline_components.browse.answers import mistakes_of
from pipeline_components.browse.peek import peek
from pipeline_components.browse.rows import SUFFIXES, rows_of
from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound
from pipeline_components.pages import asking
from pipeline_components.pages.protection import STORED
from pipeline_components.pages.rendering import page
from pipeline_components.pages.theming import MOST_BYTES, THEMES, Theme, themed
from pipeline_components.regular_files import open_regular
from pipeline_components.store import Artifact
from pipeline_components.store.ids import shown

ROWS = 50
LINES = 2000
CHUNK_BYTES = 2**18
SHOWN = {".html": "text/html; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml"}


class Files:
    """Answers about the files of a store's artifacts: those alone that a manifest names."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def look(self, request: Request) -> Response:
        """A look into one file: rows, text, a picture, or how large it is."""
        artifact, name = self._asked(request)
        number, path = asking.page_of(request), inside(artifact, name)
        rows = rows_of(path, (number - 1) * ROWS, ROWS) if path.suffix in SUFFIXES else None
        kind = PurePosixPath(name).suffix
        text = "" if rows or kind in SHOWN else peek(path, LINES)
        pages = max(1, -(-rows.total // ROWS)) if rows else 1
        told: dict[str, Any] = {
            "rows": rows,
            "text": text,
            "kind": kind,
            "page": number,
            "pages": pages,
            "first": (number - 1) * ROWS,
        }
        return page(request, "file", artifact=artifact, name=name, file=artifact.manifest.files[name], **told)

    def mistakes(self, request: Request) -> Response:
        """The images that an evaluation's model read wrong, a page at a time."""
        store = asking.opened(self._root)
        artifact, number = store.artifact(asking.id_of(request)), asking.page_of(request)
        found = mistakes_of(store, artifact, (number - 1) * ROWS, ROWS)
        if found is None:
            raise ArtifactNotFound(f"{artifact.id}: no {PREDICTIONS} on labelled images in it")
        pages = max(1, -(-found.total // ROWS))
        return page(request, "mistakes", artifact=artifact, found=found, page=number, pages=pages)

    def download(self, request: Request) -> Response:
        """The bytes of a file, to be saved."""
        artifact, name = self._asked(request)
        filename = quote(f"{artifact.id.replace('/', '-')}-{PurePosixPath(name).name}", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{filename}"}
        return _streamed(inside(artifact, name), "application/octet-stream", headers)

    def show(self, request: Request) -> Response:
        """A page or picture that a component has written, in a sandbox; others are there to download alone."""
        artifact, name = self._asked(request)
        kind = SHOWN.get(PurePosixPath(name).suffix)
        if kind is None:
            raise ArtifactNotFound(f"{artifact.id}: {shown(name)}: no page and no picture: download it")
        path, theme = inside(artifact, name), asking.text_of(request, "theme")
        if theme in THEMES and kind == SHOWN[".html"] and artifact.manifest.files[name]["size"] <= MOST_BYTES:
            return _in_theme(path, kind, theme)
        return _streamed(path, kind, {})

    def _asked(self, request: Request) -> tuple[Artifact, str]:
        artifact = asking.opened(self._root).artifact(asking.id_of(request))
        name = request.path_params["name"]
        if name not in artifact.manifest.files:
            raise ArtifactNotFound(f"{artifact.id}: {shown(name)}: no file of that name in its manifest")
        return artifact, name


def inside(artifact: Artifact, name: str) -> Path:
    """The path of a file that a manifest names; raises ArtifactDamaged if a link leads out of the artifact."""
    path = artifact.path / name
    if not path.resolve().is_relative_to(artifact.path.resolve()):
        raise ArtifactDamaged(f"{artifact.id}: {shown(name)}: a link leads out of the artifact: restore it from a copy")
    return path


def _in_theme(path: Path, kind: str, theme: Theme) -> Response:
    """A page that a component has written, as `_streamed`, in the theme of the page that embeds it."""
    with os.fdopen(_opened(path), "rb") as file:
        return Response(themed(file.read(MOST_BYTES), theme), 200, {"Content-Security-Policy": STORED}, kind)


def _streamed(path: Path, kind: str, headers: dict[str, str]) -> Response:
    """A file's bytes, never all of them at once; a page among them sees no session and runs no script."""
    file = os.fdopen(_opened(path), "rb")
    size = os.fstat(file.fileno()).st_size
    sent = headers | {"Content-Security-Policy": STORED, "Content-Length": str(size)}
    return StreamingResponse(_chunks(file, size), 200, sent, media_type=kind)


def _opened(path: Path) -> int:
    try:
        return open_regular(path)
    except OSError as error:
        raise ArtifactDamaged(f"{path.name}: {str(error.strerror).lower()}: restore it from a copy") from None


def _chunks(file: BinaryIO, size: int) -> Iterator[bytes]:
    with file:
        while size > 0 and (chunk := file.read(min(CHUNK_BYTES, size))):
            size -= len(chunk)
            yield chunk
