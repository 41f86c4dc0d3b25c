"""What a person sees of a run where there is no terminal, and what it came to."""

import logging

import pytest

from pipeline_components.commands.live import LiveRun, closing_lines, conclude
from pipeline_components.errors import Refused
from tests.kits.store import produce, recipe

RECORD = {
    **{"run_id": "run__1", "verdict": "refused", "reasons": ["accuracy low"], "forced": None, "accuracy": 0.5},
    **{"accuracy_low": 0.4, "accuracy_high": 0.6, "examples": 1000, "dataset": "mnist_sample", "served_version": 3},
    **{"served_model": "train/7", "held_back": None},
    **{"model": "train/1", "report": "report/1", "elapsed_s": 1.25, "steps": {"a": {"hit": True}, "b": {"hit": False}}},
}


def test_without_a_terminal_each_state_and_each_log_line_is_a_line(store, capfd):
    outcome = produce(store, recipe())
    with LiveRun() as live:
        live.watch("train", "running", None)
        logging.getLogger("pipeline_components.train").info("epoch 1 of 3")
        live.watch("train", "done", outcome)
        live.watch("export", "skipped", None)
    lines = capfd.readouterr().err.splitlines()
    assert lines[0].split() == ["train", "running"] and lines[1] == "  epoch 1 of 3"
    assert lines[2].startswith("train       done     train/1 ") and lines[2].endswith(" s  MISS: nothing like it yet")
    assert lines[3].split() == ["export", "skipped"]
    assert live not in logging.getLogger("pipeline_components").handlers


def test_what_people_have_written_is_shown_as_it_stands(capfd):
    """Not taken for markup, whose closing tag without an opening one is an error, or for the name of an emoji."""
    with LiveRun():
        logging.getLogger("pipeline_components.evaluate").info("blessed: forced: [/x] because [bold] :fire:")
    assert capfd.readouterr().err == "  blessed: forced: [/x] because [bold] :fire:\n"


def test_a_refused_run_says_why_and_that_what_was_served_still_is(store, capsys):
    produce(store, recipe("report"))
    lines = closing_lines(store, RECORD)
    assert lines[:2] == ["verdict   refused", "          accuracy low"]
    assert "served    digits/3 (train/7) as before" in lines and lines[-1] == "run       run__1  1.2 s, 1 of 2 reused"
    with pytest.raises(
        Refused, match=r"^refused by the gate: 1 reason above, and in the report: digits open report/1$"
    ):
        conclude(store, RECORD)
    assert "0.5000  (95 % interval 0.4000 to 0.6000, 1,000 test images of mnist_sample)" in capsys.readouterr().out
    conclude(store, RECORD | {"verdict": "blessed", "reasons": []}, json=True)
    assert '"verdict": "blessed"' in capsys.readouterr().out
