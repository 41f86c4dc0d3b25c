"""The store's pages inside Airflow's UI, behind its login: in the navigation, at a run, and at a task of it.

Every process of Airflow loads this file, so that it imports next to nothing; the application is made where it is asked
for, in the API server. Who may read the DAG `digits_retraining` may see its pages, and nobody else; who may edit it may
roll back and pin there.
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from fastapi import FastAPI

DAG = "digits_retraining"
PREFIX = "digits"
ICON = f"{PREFIX}/static/icon.svg"


def view(name: str, path: str, destination: str, url_route: str) -> dict[str, str]:
    """A place in the UI that opens a page; the path is relative to where Airflow is served."""
    href = f"{PREFIX}/{path}"
    return {"name": name, "href": href, "destination": destination, "url_route": url_route, "icon": ICON}


def guarded(root: Path) -> "FastAPI":
    """Every route of the pages, each behind the question whether this user may read the DAG.

    Each is a route of this application itself: what is mounted inside of it would be answered to anyone.
    """
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails
    from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
    from fastapi import Depends, FastAPI, Request
    from fastapi.responses import Response
    from starlette.exceptions import HTTPException
    from starlette.middleware import Middleware

    from pipeline_components.pages.application import HANDLERS, changes_of, on_http_error, pages_of
    from pipeline_components.pages.protection import Protected

    def name_editor(request: Request, user: Any = Depends(get_user)) -> None:  # noqa: B008  FastAPI's own form of it
        may = get_auth_manager().is_authorized_dag(method="PUT", details=DagDetails(id=DAG), user=user)
        request.state.editor = user.get_name() if may else ""

    def on_no_login(request: Request, error: Exception) -> Response:
        if getattr(error, "status_code", 0) == 401 and request.method == "GET":
            request.state.login = get_auth_manager().get_url_login(next_url=str(request.url))
        return on_http_error(request, error)

    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(requires_access_dag("GET", param_dag_id=DAG)), Depends(name_editor)],
        middleware=[Middleware(Protected)],
        exception_handlers=cast(
            Any, HANDLERS | {HTTPException: on_no_login}
        ),  # FastAPI's type names only handlers that are coroutines
    )
    for each in pages_of(root):
        app.add_api_route(each.path, each.endpoint, methods=["GET"], response_model=None)
    for change in changes_of(root):
        app.add_api_route(change.path, change.endpoint, methods=["POST"], response_model=None)
    return app


class DigitsPages(AirflowPlugin):
    """What Airflow is told of the pages."""

    name = "digits_pages"
    external_views = [  # noqa: RUF012  Airflow's own form of it
        view("Digits", "", "nav", "digits"),
        view("Digits", "runs/{RUN_ID}", "dag_run", "digits-run"),
        view("Digits", "runs/{RUN_ID}/tasks/{TASK_ID}?map={MAP_INDEX}", "task_instance", "digits-task"),
    ]

    @cached_property
    def fastapi_apps(self) -> list[Any]:  # type: ignore[override]
        """The pages of the store in DIGITS_STORE, else `artifacts`, as the DAG's tasks find it."""
        from pipeline_components.store import Store

        return [{"app": guarded(Store.from_environment().root), "url_prefix": f"/{PREFIX}", "name": "digits"}]
