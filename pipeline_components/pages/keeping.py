"""The pages of what is kept: versions in service with their journal, and the health of the store."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from pipeline_components.browse.health import health_of
from pipeline_components.browse.versions import versions_of
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.pages import asking
from pipeline_components.pages.rendering import page

NEWEST = 100


class Keeping:
    """Answers about what is served and what is kept."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def served(self, request: Request) -> Response:
        """The versions, the newest first, and every line of the journal about them."""
        store = asking.opened(self._root)
        model = store.served(MODEL_NAME)
        found = versions_of(store, model, NEWEST)[::-1]
        journal = model.journal()[::-1]
        current = next((each for each in found if each.state == "served"), None)
        told: dict[str, Any] = {
            "journal": journal[:NEWEST],
            "lines": len(journal),
            "current": current,
            "model": MODEL_NAME,
        }
        return page(request, "served", found=found, **told)

    def health(self, request: Request) -> Response:
        """How much there is, whether it is intact; and, when asked, what the collector would free."""
        store = asking.opened(self._root)
        collection = store.collect() if asking.text_of(request, "gc") else None
        return page(request, "health", store=store.root, health=health_of(store), pins=store.pins(), gc=collection)
