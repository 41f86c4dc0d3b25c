"""A decision as an artifact: the file, the facts, and that nobody's is a rejection."""

import json

import pytest
from pydantic import ValidationError

from pipeline_components.approve import ApprovalConfig, ApproveConfig, approve
from pipeline_components.data.decision import read_decision
from pipeline_components.errors import BadData

ANNAS = ApproveConfig(
    decision="approved", by="anna", reason="it reads sevens better", at="2026-11-26T10:00:00+00:00", how="cli"
)


@pytest.fixture
def folders(tmp_path):
    """A model that nobody reads, an evaluation with a manifest, and where to write."""
    model, evaluation, out = (tmp_path / name for name in ("model", "evaluation", "out"))
    for folder in (model, evaluation, out):
        folder.mkdir()
    told = {"blessed": True, "reasons": [], "tied": True}
    (evaluation / "blessing.json").write_text(json.dumps(told))
    (evaluation / "artifact.json").write_text('{"id": "evaluate/7"}')
    return model, evaluation, out


def test_a_decision_says_who_why_when_how_and_on_which_verdict(folders):
    *inputs, out = folders
    facts = approve(*inputs, out=out, config=ANNAS)
    assert facts == {"judged": "undecided", **ANNAS.model_dump(exclude={"at"})}
    assert read_decision(out) == {"judged": "undecided", "evaluation": "evaluate/7", **ANNAS.model_dump()}
    assert [file.name for file in out.iterdir()] == ["decision.json"]


def test_without_an_answer_it_is_a_rejection(folders):
    model, evaluation, out = folders
    (evaluation / "artifact.json").unlink()
    (evaluation / "blessing.json").write_text('{"blessed": false, "reasons": ["too low"]}')
    facts = approve(model, evaluation, out=out, config=ApproveConfig())
    assert (facts["decision"], facts["by"], facts["how"], facts["judged"]) == (
        *("rejected", "nobody", "timeout", "refused"),
    )
    assert read_decision(out)["evaluation"] is None


def test_an_evaluation_without_a_blessing_is_not_decided_about(folders):
    model, evaluation, out = folders
    (evaluation / "blessing.json").write_text("{}")
    with pytest.raises(BadData, match="not a blessing"):
        approve(model, evaluation, out=out, config=ANNAS)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (ApproveConfig, {"decision": "yes"}),
        (ApproveConfig, {"by": ""}),
        (ApproveConfig, {"reason": "x" * 501}),
        (ApproveConfig, {"how": "telepathy"}),
        (ApprovalConfig, {"approval": "sometimes"}),
        (ApprovalConfig, {"approval_timeout_h": 0}),
    ],
)
def test_bounds_hold(model, wrong):
    with pytest.raises(ValidationError):
        model(**wrong)


def test_by_default_nobody_is_asked():
    assert ApprovalConfig().approval == "never"
