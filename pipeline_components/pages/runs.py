"""The pages of runs: their history as a line and a list, the story of one, and what one of its tasks made."""

import re
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline_components.browse.runs import history_of
from pipeline_components.browse.versions import current_of
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import BadConfig, StoreError
from pipeline_components.pages import asking
from pipeline_components.pages.charts import accuracy_drawing
from pipeline_components.pages.rendering import at, page
from pipeline_components.pages.searching import search_story_of, trial_model
from pipeline_components.pages.story import is_search, story_of
from pipeline_components.store import Store
from pipeline_components.store.ids import RUN, is_id, shown
from pipeline_components.store.runs import FOLDER

TASK = re.compile(r"[A-Za-z0-9_.-]{1,250}", re.ASCII)
TRIAL, INDEX = "trial", re.compile(r"[0-9]{1,4}", re.ASCII)  # a mapped task of digits_tuning, and which of them


class Runs:
    """Answers about the runs of a store."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def history(self, request: Request) -> Response:
        """Every run, the newest first, and the accuracy of the last ones as a line."""
        store = asking.opened(self._root)
        number = asking.page_of(request)
        found = history_of(store, number)
        root = request.scope.get("root_path", "").rstrip("/")
        served = current_of(store, store.served(MODEL_NAME))
        told: dict[str, Any] = {
            "found": found,
            "page": number,
            "served": served,
            "drawing": accuracy_drawing(found.recent, root),
        }
        return page(request, "runs", **told)

    def story(self, request: Request) -> Response:
        """One run; what it has made so far, while nothing is recorded of it."""
        store, run_id = asking.opened(self._root), _run_id(request)
        if not _is_recorded(store, run_id):
            made = [each for each in store.summaries() if each.run_id == run_id]
            return page(request, "unrecorded", status=200 if made else 404, run_id=run_id, made=made)
        if is_search(store.run(run_id)):
            return page(request, "search", story=search_story_of(store, run_id), run_id=run_id)
        return page(request, "run", story=story_of(store, run_id), run_id=run_id)

    def task(self, request: Request) -> Response:
        """The artifact that a task of a run made or found, on its own page; else what there is to say."""
        store, run_id, task = asking.opened(self._root), _run_id(request), request.path_params["task"]
        if not TASK.fullmatch(task):
            raise BadConfig(f"{shown(task)}: not a task's id")
        root, index = request.scope.get("root_path", "").rstrip("/"), asking.text_of(request, "map")
        found = made_by(store, run_id, task, index)
        if found:
            return RedirectResponse(f"{root}{at(found)}", 303)
        return page(request, "task", status=404, run_id=run_id, task=task)


def made_by(store: Store, run_id: str, task: str, index: str = "") -> str:
    """The id of what a run's component made or found, or one of its mapped trials; empty if it has left nothing."""
    if _is_recorded(store, run_id):
        steps = store.run(run_id).get("steps")
        if task == TRIAL and INDEX.fullmatch(index):
            return trial_model(store, _id_of(steps, "tune"), int(index))
        if found := _id_of(steps, task):
            return found
    made = [each.id for each in store.summaries() if each.run_id == run_id and each.id.partition("/")[0] == task]
    return made[-1] if made else ""


def _id_of(steps: object, task: str) -> str:
    step = steps.get(task) if isinstance(steps, dict) else None
    found = step.get("id") if isinstance(step, dict) else None
    return str(found) if is_id(found) else ""


def _run_id(request: Request) -> str:
    run_id: str = request.path_params["run_id"]
    if not RUN.fullmatch(run_id):
        raise BadConfig(f"{shown(run_id)}: not a run id: expected letters, digits and _ . : + -")
    return run_id


def _is_recorded(store: Store, run_id: str) -> bool:
    try:
        return (store.documents() / FOLDER / f"{run_id}.json").is_file()
    except OSError as error:
        raise StoreError(f"{store.root}: cannot be read ({error.strerror})") from None
