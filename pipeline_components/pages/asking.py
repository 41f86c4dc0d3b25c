"""What a request asks for, checked by its form before anything is looked up; BadConfig in one line otherwise."""

import re

from starlette.requests import Request

from pipeline_components.errors import BadConfig, StoreError
from pipeline_components.store import Store
from pipeline_components.store.ids import parse_id

PAGE = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
MOST_TEXT = 200


def opened(root: object) -> Store:
    """The store in that folder; raises StoreError for a folder that is not there or cannot be listed."""
    store = Store.at(str(root))
    if not store.root.is_dir():
        raise StoreError(f"{store.root}: no store there: a first run makes it, or set DIGITS_STORE to another folder")
    return store


def page_of(request: Request) -> int:
    """The number of the page, from 1."""
    text = request.query_params.get("page") or "1"
    if not PAGE.fullmatch(text):
        raise BadConfig(f"page: {text[:40]!r} found, a whole number from 1 expected")
    return int(text)


def text_of(request: Request, name: str) -> str:
    """A text from the query, at most so long."""
    text = request.query_params.get(name, "").strip()
    if len(text) > MOST_TEXT:
        raise BadConfig(f"{name}: {len(text)} characters found, at most {MOST_TEXT} expected")
    return text


def id_of(request: Request) -> str:
    """The artifact's id in the path; raises BadArtifactId."""
    component, number = request.path_params["component"], request.path_params["number"]
    artifact_id = f"{component}/{number}"
    parse_id(artifact_id)
    return artifact_id
