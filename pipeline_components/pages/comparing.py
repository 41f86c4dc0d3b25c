"""The page that compares two artifacts: what was changed, what came of it, and on which images they differ."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from pipeline_components.browse.answers import newly
from pipeline_components.browse.diff import Difference, accuracy_change, differences
from pipeline_components.errors import BadConfig
from pipeline_components.pages import asking
from pipeline_components.pages.rendering import page

IMAGES = 24
ORDER = {
    "config": "Parameters",
    "input": "Data: what they were made from",
    "source": "Code",
    "library": "Libraries",
    "platform": "Platform",
    "fact": "Facts",
    "metric": "Metrics, each class among them",
    "confusion": "Confusion: label read as answer",
    "file": "Files",
}


class Comparing:
    """Answers how two artifacts of a component differ."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def two(self, request: Request) -> Response:
        """The comparison, or the form that asks which."""
        store = asking.opened(self._root)
        one, other = asking.text_of(request, "one"), asking.text_of(request, "other")
        if not (one and other):
            return page(request, "compare", one=one, other=other, groups=None, change=None, gained=None, lost=None)
        pair = store.artifact(one), store.artifact(other)
        if pair[0].component != pair[1].component:
            raise BadConfig(f"{one} and {other}: of different components: name two of one")
        found, change = differences(*pair), accuracy_change(*pair)
        gained, lost = newly(store, *pair, IMAGES) or (None, None)
        return page(
            request, "compare", one=one, other=other, groups=_grouped(found), change=change, gained=gained, lost=lost
        )


def _grouped(found: list[Difference]) -> list[tuple[str, list[Difference]]]:
    """By kind, causes before effects."""
    groups = {kind: [each for each in found if each.kind == kind] for kind in ORDER}
    return [(ORDER[kind], each) for kind, each in groups.items() if each]
