"""Headers on every answer, and whom a request may name."""

import pytest

from pipeline_components.pages.protection import HEADERS, POLICY, STORED
from tests.kits.pages import asked


@pytest.mark.parametrize("path", ["/", "/nothing", "/artifacts/evaluate/1", "/artifacts/x/1", "/static/pages.js"])
def test_every_answer_has_every_header(root, path):
    (answer,) = asked(root, path)
    expected = {name: value for name, value in HEADERS.items() if "static" not in path or name != "Cache-Control"}
    assert {name: answer.headers.get(name) for name in expected} == expected


def test_no_script_of_a_page_can_run_but_our_own():
    assert "'unsafe-inline'" not in POLICY and "script-src 'self'" in POLICY and "default-src 'none'" in POLICY
    assert STORED.startswith("sandbox;") and "allow-" not in STORED and "script-src" not in STORED


@pytest.mark.parametrize(("host", "status"), [("localhost", 200), ("127.0.0.1:8502", 200), ("evil.example", 421)])
def test_only_who_names_this_machine_is_answered(root, host, status):
    (answer,) = asked(root, "/", host=host)
    assert answer.status_code == status
