"""The gate with a person in it: which decision holds, and that it holds however the model comes again."""

from pathlib import Path

import pytest

from pipeline_components.chain.approval import decide, decision_of
from pipeline_components.chain.gate import check_gate, decision_on, shut
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactDamaged, Refused, Undecided
from pipeline_components.store import ServedModel, Store
from tests.kits.numbered import retrain

pytestmark = pytest.mark.usefixtures("light")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty one."""
    return Store(tmp_path / "artifacts")


def say(store: Store, decision: str, evaluation: str, how: str = "cli", by: str = "anna") -> str:
    told = decision_of(decision, by, "because", at="2026-11-26T10:00:00+00:00", how=how)
    return decide(store, evaluation, told).artifact.id


def test_open_for_a_blessed_model_shut_for_one_that_waits_and_for_one_that_is_rejected(store):
    retrain(store, 50, approval="always")
    check_gate(store, "evaluate/1")
    with pytest.raises(
        Undecided, match=r"^evaluate/1 undecided: nobody has approved it yet: digits approve evaluate/1 "
    ):
        check_gate(store, "evaluate/1", "always")
    assert decision_on(store, "evaluate/1") is None
    say(store, "rejected", "evaluate/1")
    with pytest.raises(Refused, match=r"^evaluate/1 refused: rejected by anna: because$"):
        check_gate(store, "evaluate/1", "always")
    assert shut(store, "evaluate/1") is not None, "whoever is to be asked"
    say(store, "approved", "evaluate/1")
    assert shut(store, "evaluate/1", "always") is None is shut(store, "evaluate/1")


def test_a_question_that_ran_out_of_time_is_shut_and_asked_again(store):
    retrain(store, 50, approval="always")
    say(store, "rejected", "evaluate/1", how="timeout", by="nobody")
    assert isinstance(shut(store, "evaluate/1", "always"), Undecided)
    assert type(shut(store, "evaluate/1")) is Refused


def test_a_rejection_holds_for_the_model_however_it_is_judged_and_an_approval_for_one_evaluation(store):
    retrain(store, 50, approval="always")
    say(store, "rejected", "evaluate/1")
    again = retrain(store, 50, confidence=0.9)
    assert again["steps"]["evaluate"]["id"] == "evaluate/2"
    assert (again["verdict"], again["ending"], again["reasons"]) == (
        *("refused", "rejected", ["rejected by anna: because"]),
    )
    say(store, "approved", "evaluate/2")
    assert shut(store, "evaluate/2", "always") is None
    assert isinstance(shut(store, "evaluate/1", "always"), Refused), "its own decision"
    third = retrain(store, 50, confidence=0.8, approval="always")
    assert third["verdict"] == "undecided", "looked at by nobody, and rejected no more"
    assert retrain(store, 60)["served_version"] == 1, "another model is another matter"


def test_a_decision_whose_bytes_have_changed_opens_nothing(store):
    retrain(store, 50, approval="always")
    path = store.artifact(say(store, "rejected", "evaluate/1")).path / "decision.json"
    path.chmod(0o644)
    path.write_text(path.read_text().replace("rejected", "approved"))
    with pytest.raises(ArtifactDamaged):
        check_gate(store, "evaluate/1")
    assert ServedModel(store.root, MODEL_NAME).current() is None
