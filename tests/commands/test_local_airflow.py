"""What is handed to Airflow: parameters, what is forced, and the folders that its tasks are to see."""

import os

import pytest

from pipeline_components.commands import local_airflow
from pipeline_components.commands.parameters import RunOutside


def test_a_retraining_is_asked_for_with_all_its_parameters_and_told_in_the_end(tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITS_MANUAL_DIR", "before")
    asked, told = [], []
    monkeypatch.setattr(local_airflow, "retrain", lambda home, store, parameters: asked.append(parameters) or "record")
    monkeypatch.setattr(local_airflow, "conclude", lambda store, record: told.append((store.root, record)))
    local_airflow.run(
        force=["train", "ingest"],
        store=tmp_path / "store",
        outside=RunOutside(manual_dir=tmp_path / "x" / ".." / "mnist"),
        home=tmp_path / "home",
    )
    ((parameters,), ((root, record),)) = asked, told
    assert parameters["force"] == ["ingest", "train"] and parameters["epochs"] == 20
    assert (root, record) == (tmp_path / "store", "record")
    assert os.environ["DIGITS_MANUAL_DIR"] == str(tmp_path / "mnist")


def test_any_signal_unwinds_as_ctrl_c_does():
    with pytest.raises(KeyboardInterrupt):
        local_airflow.interrupt(15, None)
