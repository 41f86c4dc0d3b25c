"""What a decision's file holds, and that nothing but `approved` lets a model through."""

import json

import pytest

from pipeline_components.data.decision import approves, is_answered, read_decision, said
from pipeline_components.errors import BadData
from tests.kits.decisions import APPROVED, REJECTED, TIMED_OUT


def test_a_decision_is_read_as_it_was_written(tmp_path):
    (tmp_path / "decision.json").write_text(json.dumps(APPROVED))
    assert read_decision(tmp_path) == APPROVED


@pytest.mark.parametrize(
    "change", [{"decision": "yes"}, {"decision": True}, {"by": None}, {"reason": ["x"]}, {"evaluation": 3}]
)
def test_what_is_no_decision_is_bad_data(tmp_path, change):
    (tmp_path / "decision.json").write_text(json.dumps(APPROVED | change))
    with pytest.raises(BadData, match="not a decision: decide again"):
        read_decision(tmp_path)


def test_only_a_person_who_approved_lets_a_model_through():
    assert [approves(each) for each in (APPROVED, REJECTED, TIMED_OUT)] == [True, False, False]
    assert [is_answered(each) for each in (APPROVED, REJECTED, TIMED_OUT)] == [True, True, False]


def test_it_is_told_with_the_name_and_the_reason():
    assert said(APPROVED) == "approved by anna: it reads sevens better"
    assert said(TIMED_OUT) == "rejected by nobody: no answer came in time"
