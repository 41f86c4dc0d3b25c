"""Ids that somebody means ill with: each refused in one line, before any path is made of it."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline_components.errors import BadArtifactId
from pipeline_components.store import parse_id
from tests.kits.store import produce, recipe

HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "train/../export/1", "train/0", "train/01", "train/-1", "train/1/", "train//1",
    "train/1\0", "train/1\n", "train", "", "train/" + "9" * 5000, "t" * 5000 + "/1", "trаin/1", "train/１", "train/¹",
    "TRAIN/1", "runs/1", "serving/1", ".draft-x/1", "train/1e3", "train/1.0", " train/1", None, 7, b"train/1",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_id_is_refused_in_one_line(store, hostile):
    produce(store, recipe())
    with pytest.raises(BadArtifactId) as caught:
        store.artifact(hostile)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200 and str(caught.value).isascii()


@given(st.text())
def test_any_text_is_an_id_or_refused(text):
    try:
        component, number = parse_id(text)
    except BadArtifactId:
        return
    assert f"{component}/{number}" == text and "/" not in component and number > 0


@given(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.integers(1, 10**6))
def test_an_id_is_a_component_and_a_number(component, number):
    assume(component not in ("runs", "serving"))
    assert parse_id(f"{component}/{number}") == (component, number)
