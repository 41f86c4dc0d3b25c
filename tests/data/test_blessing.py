"""Whether a model may be served: said once, and by `true` alone."""

import json

import pytest

from pipeline_components.data.blessing import may_be_served, outcome, read_blessing, refusal
from pipeline_components.errors import BadData

BLESSING = {"blessed": True, "verdict": "blessed", "reasons": ["good"], "rules": [], "forced": None}


def put(folder, **change):
    (folder / "blessing.json").write_text(json.dumps(BLESSING | change))
    return read_blessing(folder)


@pytest.mark.parametrize(
    ("change", "served", "came_out", "said"),
    [
        ({}, True, "blessed", None),
        ({"forced": "the demo is at noon"}, True, "forced", None),
        ({"blessed": False, "reasons": ["too low", "too slow"]}, False, "refused", "too low; too slow"),
        ({"blessed": False, "reasons": []}, False, "refused", "no reason given"),
        ({"blessed": False, "forced": "the demo is at noon", "reasons": ["NaN"]}, False, "refused", "NaN"),
        ({"blessed": 1}, False, "refused", "good"),
        ({"blessed": "true"}, False, "refused", "good"),
        ({"blessed": None}, False, "refused", "good"),
    ],
)
def test_true_alone_lets_a_model_through(tmp_path, change, served, came_out, said):
    found = put(tmp_path, **change)
    assert (may_be_served(found), outcome(found), refusal(found)) == (served, came_out, said)


def test_what_an_older_blessing_lacks_is_filled_up(tmp_path):
    (tmp_path / "blessing.json").write_text('{"blessed": false, "reasons": ["too low"]}')
    assert read_blessing(tmp_path) == {
        "blessed": False, "reasons": ["too low"], "verdict": "refused", "rules": [], "forced": None,
        "anchors": False, "warnings": [], "undecided": [],
    }  # fmt: skip


def test_of_older_blessings_one_that_was_not_forced_is_an_anchor(tmp_path):
    assert put(tmp_path)["anchors"] and not put(tmp_path, blessed=False)["anchors"]
    assert not put(tmp_path, forced="the demo is at noon")["anchors"]
    assert not put(tmp_path, anchors=False)["anchors"]


@pytest.mark.parametrize(
    "content", ['{"blessed": true}', '{"reasons": []}', '{"blessed": true, "reasons": "good"}', "[]"]
)
def test_what_is_no_blessing_is_bad_data(tmp_path, content):
    (tmp_path / "blessing.json").write_text(content)
    with pytest.raises(BadData, match=r"blessing\.json: not "):
        read_blessing(tmp_path)
