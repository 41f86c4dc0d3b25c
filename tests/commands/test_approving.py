"""`digits approve`: what it takes, what it says, and what a run does before and after."""

import json

import pytest

from pipeline_components.cli import main
from tests.kits.numbered import make_light, retrain

BY = ["--by", "anna", "--reason", "it reads sevens better"]


@pytest.fixture
def waiting(store, monkeypatch):
    """A store in which a run waits for a person."""
    make_light(monkeypatch)
    retrain(store, 50, approval="always")
    return store


def test_a_decision_is_an_artifact_with_a_name_and_a_reason(waiting, capsys):
    assert main(["approve", "evaluate/1", *BY]) == 0
    assert capsys.readouterr().out == "approve/1\n"
    assert main(["approve", "evaluate/1", *BY, "--reject", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "approve/2"
    config = [waiting.artifact(f"approve/{n}").manifest.config for n in (1, 2)]
    assert [each["decision"] for each in config] == ["approved", "rejected"]
    assert {(each["by"], each["reason"], each["how"]) for each in config} == {("anna", BY[3], "cli")}
    assert main(["ls", "approve"]) == 0
    assert "rejected by anna" in capsys.readouterr().out
    assert main(["reproduce", "approve/1"]) == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["evaluate/1", "--by", "anna"], "--reason"),
        (["evaluate/1", "--reason", "good"], "--by"),
        (["evaluate/1", "--by", "anna", "--reason", " "], "reason: nothing found"),
        (["train/1", *BY], "train/1 found, an artifact of evaluate expected"),
        (["evaluate/9", *BY], "evaluate/9"),
    ],
)
def test_what_is_no_decision_is_one_line_and_exit_2(waiting, capsys, arguments, why):
    assert main(["approve", *arguments]) == 2
    said = capsys.readouterr()
    assert why in " ".join(said.err.split()) and said.out == ""
    assert waiting.artifacts("approve") == []


def test_the_report_and_the_run_say_who_decided_and_why(digits):
    """On the real components: blocked by nobody, exit 3 until somebody has decided."""
    asked = ("run", "--dataset", "mnist_sample", "--epochs", "2", "--accuracy-threshold", "0.1", "--approval", "always")
    lenient = ("--recall-floor", "0", "--overconfidence-bound", "1", "--class-margin", "1", "--champion-alpha", "1e-12")
    lenient += ("--loss-margin", "99")
    waiting = digits(*asked, *lenient, rc=3)
    assert "verdict   undecided" in waiting.stdout
    assert "digits: undecided: nobody has approved it yet: digits approve evaluate/2 --by NAME" in waiting.stderr
    assert digits("approve", "evaluate/2", "--by", "anna", "--reason", "<i>sevens</i>").stdout == "approve/1\n"
    served = digits(*asked, *lenient)
    assert "decision  approved by anna: <i>sevens</i>" in served.stdout and "served    digits/2" in served.stdout
    report = digits.store / "report" / "3"
    assert "of evaluate/2: &lt;i&gt;sevens&lt;/i&gt;" in (report / "report.html").read_text()
    assert "of evaluate/2: \\<i\\>sevens\\</i\\>" in (report / "model_card.md").read_text()
    assert "approved by anna: <i>sevens</i> (approve/1)" in digits("versions").stdout
    assert "approve/1" in digits("lineage", "export/2").stdout
