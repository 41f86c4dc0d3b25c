"""What is told of a run that has ended."""

from pathlib import Path

from pipeline_components.local_airflow.retrain import note


def test_a_note_says_verdict_reasons_and_what_is_served() -> None:
    record = {"verdict": "refused", "reasons": ["accuracy too low"], "accuracy": 0.5, "dataset": "mnist_sample"}
    served = {"served_version": 3, "served_model": "train/2", "report": "report/1"}
    assert note(Path("artifacts"), record | served).splitlines() == [
        "**refused**: accuracy 0.5000 on mnist_sample",
        "- accuracy too low",
        "- version 3, model train/2, is served",
        "- report: `artifacts/report/1/report.html`",
    ]
    assert (
        note(Path("artifacts"), {"verdict": "failed", "reasons": ["train: disk full"]})
        == "**failed**\n- train: disk full"
    )


def test_a_note_says_that_a_blessed_model_is_held_back() -> None:
    record = {"verdict": "blessed", "reasons": [], "held_back": "export/2 was rolled back from", "served_version": 3}
    assert note(Path("artifacts"), record).splitlines() == [
        "**blessed, held back**",
        "- held back: export/2 was rolled back from",
        "- version 3 is served",
    ]
