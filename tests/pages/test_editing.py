"""What pages change: by POST from a page of the same origin alone, for editors alone, with a reason, journaled."""

import asyncio
import html
import re
import shutil
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import StoreError
from pipeline_components.pages import editing
from pipeline_components.pages.application import HANDLERS, changes_of, pages_of
from pipeline_components.store import ServedModel
from pipeline_components.store.pins import pins
from tests.kits.pages import EVIL, asked

OWN = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
PIN, ROLLBACK = "/artifacts/train/1/pin", "/served/rollback"


@pytest.fixture
def copy(root, tmp_path) -> Path:
    return shutil.copytree(root, tmp_path / "copy", symlinks=True)


class Named:
    """Stands for a server in front that knows who asks."""

    def __init__(self, app, editor):
        self.app, self.editor = app, editor

    async def __call__(self, scope, receive, send):
        await self.app(scope | {"state": {"editor": self.editor}}, receive, send)


def served_to(root: Path, editor: str) -> Named:
    routes = [Route(each.path, each.endpoint) for each in pages_of(root)]
    routes += [Route(each.path, each.endpoint, methods=["POST"]) for each in changes_of(root)]
    return Named(Starlette(routes=routes, exception_handlers=HANDLERS), editor)


def post(root: Path, path: str, editor: str = "anna", headers=OWN, method="POST", **fields: str) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(served_to(root, editor), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            return await client.request(method, path, data=fields or None)

    return asyncio.run(send())


@pytest.mark.parametrize("path", [PIN, ROLLBACK])
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"editor": ""}, 403),
        ({"headers": {}}, 403),
        ({"headers": {"origin": "null"}}, 403),
        ({"headers": {"origin": "http://evil.example"}}, 403),
        ({"headers": {"origin": "http://localhost.evil.example"}}, 403),
        ({"headers": OWN | {"sec-fetch-site": "cross-site"}}, 403),
        ({"headers": OWN | {"sec-fetch-site": "same-site"}}, 403),
        ({"method": "GET"}, 405),
        ({"method": "PUT"}, 405),
        ({"reason": ""}, 400),
        ({"reason": "x " * 400}, 400),
        ({"reason": "x" * 20_000}, 413),
        ({"headers": OWN | {"content-type": "text/plain"}}, 400),
    ],
)
def test_nothing_changes_for_a_viewer_from_elsewhere_or_without_a_reason(copy, monkeypatch, path, change, status):
    monkeypatch.setattr(editing, "roll_back", lambda *_: pytest.fail("rolled back"))
    given = {"reason": "good", "version": "1"} | change
    assert post(copy, path, **given).status_code == status
    assert pins(copy) == {}


def test_an_editor_pins_with_a_name_and_a_reason_that_is_only_text(copy):
    answer = post(copy, PIN, reason=EVIL)
    assert (answer.status_code, answer.headers["location"]) == (303, "/artifacts/train/1")
    assert {name: pins(copy)["train/1"][name] for name in ("who", "why")} == {"who": "anna", "why": EVIL}
    (page,) = asked(copy, "/artifacts/train/1")
    assert f"pinned by anna: {html.escape(EVIL, quote=False)}" in page.text.replace("&#34;", '"').replace("&#39;", "'")
    assert "<script>document" not in page.text and "<form" not in page.text
    assert post(copy, PIN, "bob", reason="enough", pinned="no").status_code == 303 and pins(copy) == {}
    (page,) = asked(copy, "/artifacts/train/1")
    told = re.findall(r">((?:un)?pinned) <time[^>]*>20[^<]*</time> UTC by (\w+): ([^<]*)<", page.text)
    assert [each[:2] for each in told] == [("pinned", "anna"), ("unpinned", "bob")] and told[1][2] == "enough"
    assert post(copy, "/artifacts/train/99/pin", reason="good").status_code == 404


def test_forms_are_shown_to_editors_alone(copy):
    seen = {who: post(copy, "/artifacts/train/1", editor=who, method="GET").text for who in ("anna", "")}
    assert 'action="/artifacts/train/1/pin"' in seen["anna"] and "<form" not in seen[""]
    assert "<form" not in post(copy, "/served", method="GET").text, "no earlier version to go back to"


def test_a_rollback_is_a_command_of_its_own_with_the_name_and_the_reason(copy, monkeypatch):
    called = []
    monkeypatch.setattr(editing, "roll_back", lambda *given: called.append(given))
    answer = post(copy, ROLLBACK, version="1", reason="--store=/etc @/etc/passwd")
    assert (answer.status_code, answer.headers["location"]) == (303, "/served")
    assert called == [(copy, 1, "anna", "--store=/etc @/etc/passwd")]
    for version in ("", "0", "-1", "1;ls", "1e9"):
        assert post(copy, ROLLBACK, version=version, reason="good").status_code == 400
    assert len(called) == 1


def test_a_rollback_that_fails_says_why_and_changes_nothing(copy):
    with pytest.raises(StoreError, match="version 9: not rolled back to: version 9 of model digits: no such version"):
        editing.roll_back(copy, 9, "anna", "@/etc/passwd")
    assert [each.action for each in ServedModel(copy, MODEL_NAME).journal()] == ["push"]


def test_our_own_server_knows_nobody_and_changes_nothing(root):
    async def send() -> httpx.Response:
        from pipeline_components.pages.application import application

        transport = httpx.ASGITransport(application(root))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=OWN) as client:
            return await client.post(PIN, data={"reason": "good"})

    assert asyncio.run(send()).status_code in (404, 405)


def test_who_may_edit_is_what_the_server_in_front_says():
    assert editing.editor_of(Request({"type": "http", "headers": []})) == ""
