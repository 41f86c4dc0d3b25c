"""Requests that are refused by their form; their answers over HTTP are in test_application.py."""

import pytest
from starlette.requests import Request

from pipeline_components.errors import BadArtifactId, BadConfig, StoreError
from pipeline_components.pages import asking


def request(query: str = "", **parts: str) -> Request:
    return Request({"type": "http", "query_string": query.encode(), "headers": [], "path_params": parts})


def test_what_is_asked_for():
    assert asking.page_of(request()) == 1
    assert asking.page_of(request("page=12")) == 12
    assert asking.text_of(request("q=+a+"), "q") == "a"
    assert asking.id_of(request(component="train", number="7")) == "train/7"


@pytest.mark.parametrize("text", ["0", "-1", "1.0", "1234567", "٣", "x"])
def test_a_page_is_a_number_from_1(text):
    with pytest.raises(BadConfig, match="a whole number from 1 expected"):
        asking.page_of(request(f"page={text}"))


def test_an_id_is_one_before_a_path_is_made_of_it(tmp_path):
    with pytest.raises(BadArtifactId):
        asking.id_of(request(component="..", number="1"))
    with pytest.raises(StoreError, match="no store there"):
        asking.opened(tmp_path / "none")
