"""The pages of artifacts: all of them in a list, one of them whole, and what it came from and led to as a picture."""

from dataclasses import asdict
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from pipeline_components.browse.catalogue import SORTS, VERDICTS, Question, listing
from pipeline_components.browse.marks import marks_of
from pipeline_components.browse.picture import picture_of
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import StoreError
from pipeline_components.pages import asking
from pipeline_components.pages.charts import lineage_drawing
from pipeline_components.pages.insights import insights
from pipeline_components.pages.rendering import in_short, page
from pipeline_components.store import Store
from pipeline_components.store.manifest import input_entries

MOST_USERS = 20


class Artifacts:
    """Answers about the artifacts of a store."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def every(self, request: Request) -> Response:
        """The list: filtered, searched, sorted, a page at a time."""
        store = asking.opened(self._root)
        question = Question(
            component=asking.text_of(request, "component"),
            verdict=asking.text_of(request, "verdict"),
            run=asking.text_of(request, "run"),
            words=asking.text_of(request, "q"),
            latest=asking.text_of(request, "latest") != "",
            sort=asking.text_of(request, "sort") or "made",
            ascending=asking.text_of(request, "order") == "up",
            page=asking.page_of(request),
        )
        found, marks = listing(store.summaries(), question), marks_of(store)
        rows = [(each, in_short(each.id, each.facts), marks.get(each.id, "")) for each in found.rows]
        asked = {"q" if name == "words" else name: each for name, each in asdict(question).items()}
        asked["order"] = "up" if asked.pop("ascending") else ""
        return page(
            request,
            "artifacts",
            found=found,
            rows=rows,
            asked=asked,
            question=question,
            sorts=[*SORTS],
            verdicts=VERDICTS,
        )

    def one(self, request: Request) -> Response:
        """One artifact: manifest, facts, files, a look inside."""
        store = asking.opened(self._root)
        artifact = store.artifact(asking.id_of(request))
        return page(
            request,
            "artifact",
            artifact=artifact,
            manifest=artifact.manifest,
            said=in_short(artifact.id, artifact.manifest.facts),
            inputs=input_entries(artifact.manifest.inputs),
            users=users_of(store, artifact.id),
            most_users=MOST_USERS,
            model=MODEL_NAME,
            pinned=_pinned(store, artifact.id),
            pinnings=_pinnings(store, artifact.id),
            insights=insights(store, artifact),
        )

    def lineage(self, request: Request) -> Response:
        """The lineage as a picture with a list of the same below it."""
        store = asking.opened(self._root)
        found = picture_of(store, asking.id_of(request))
        root = request.scope.get("root_path", "").rstrip("/")
        return page(request, "lineage", found=found, drawing=lineage_drawing(found, root))


def users_of(store: Store, artifact_id: str) -> list[str]:
    """What was made from an artifact directly, the newest of each component first."""
    return [each.id for each in reversed(store.summaries()) if any(source == artifact_id for _, source in each.inputs)]


def _pinnings(store: Store, artifact_id: str) -> list[dict[str, str]]:
    """Who has pinned and unpinned it, when and why; none where it was never unpinned, or where nobody can tell."""
    try:
        found = store.pinnings(artifact_id)
    except StoreError:  # `_pinned` says so
        return []
    return found if any(each["action"] == "unpin" for each in found) else []


def _pinned(store: Store, artifact_id: str) -> str:
    try:
        pin = store.pins().get(artifact_id)
    except StoreError as error:
        return str(error)
    if pin is None:
        return ""
    by = f" by {who}" if (who := pin.get("who")) else ""
    return f"pinned{by}: {why}" if (why := pin.get("why")) else f"pinned{by}"
