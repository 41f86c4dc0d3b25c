"""Whether a model may be served: said once, and by `true` alone."""

import json

import pytest

from pipeline_components.data.blessing import (
    awaits_decision,
    is_asked,
    judged,
    may_be_served,
    outcome,
    read_blessing,
    refusal,
)
from pipeline_components.errors import BadData
from tests.kits.decisions import APPROVED, REJECTED, TIMED_OUT

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


@pytest.mark.parametrize(
    ("change", "verdict", "asked"),
    [
        ({}, "blessed", {"always"}),
        ({"tied": True}, "undecided", {"inconclusive", "always"}),
        ({"undecided": ["undecided: unseen"]}, "undecided", {"inconclusive", "always"}),
        ({"forced": "the demo is at noon", "tied": True}, "blessed", {"always"}),
        ({"blessed": False, "tied": True}, "refused", set()),
        ({"blessed": "true"}, "refused", set()),
    ],
)
def test_whom_a_person_is_asked_about_follows_from_the_verdict(tmp_path, change, verdict, asked):
    found = put(tmp_path, **change)
    assert judged(found) == verdict
    assert {approval for approval in ("never", "inconclusive", "always") if is_asked(found, approval)} == asked
    assert is_asked(found, "sometimes") == bool(asked), "a word that nobody knows asks"


@pytest.mark.parametrize(
    ("decision", "approval", "served", "awaited", "said"),
    [
        (None, "never", True, False, None),
        (None, "always", False, True, "nobody has approved it yet"),
        (APPROVED, "never", True, False, None),
        (APPROVED, "always", True, False, None),
        (REJECTED, "never", False, False, "rejected by anna: it reads no sevens"),
        (REJECTED, "always", False, False, "rejected by anna: it reads no sevens"),
        (TIMED_OUT, "never", False, False, "rejected by nobody: no answer came in time"),
        (TIMED_OUT, "always", False, True, "rejected by nobody: no answer came in time"),
        (REJECTED | {"decision": "yes"}, "never", False, False, "yes by anna: it reads no sevens"),
    ],
)
def test_what_a_person_decided_and_who_has_to_say_together_who_is_served(
    tmp_path, decision, approval, served, awaited, said
):
    found = put(tmp_path)
    assert may_be_served(found, decision, approval) is served
    assert (awaits_decision(found, decision, approval), refusal(found, decision, approval)) == (awaited, said)


def test_nobody_approves_what_the_rules_refuse(tmp_path):
    found = put(tmp_path, blessed=False, reasons=["too low"])
    assert not may_be_served(found, APPROVED, "always") and refusal(found, APPROVED, "always") == "too low"
    assert not awaits_decision(found, None, "always")


def test_what_an_older_blessing_lacks_is_filled_up(tmp_path):
    (tmp_path / "blessing.json").write_text('{"blessed": false, "reasons": ["too low"]}')
    assert read_blessing(tmp_path) == {
        "blessed": False, "reasons": ["too low"], "verdict": "refused", "rules": [], "forced": None,
        "anchors": False, "warnings": [], "undecided": [], "tied": False,
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
