"""What is handed to Airflow: parameters, what is forced, and the folders that its tasks are to see."""

import json
import os
from dataclasses import asdict

import pytest

from pipeline_components.commands import local_airflow
from pipeline_components.commands.parameters import RunOutside
from pipeline_components.data import registry
from pipeline_components.local_airflow.control import Standing
from pipeline_components.local_airflow.home import Home


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


def test_up_says_which_dataset_its_default_takes_and_why(tmp_path, monkeypatch, caplog):
    notices = []
    monkeypatch.setattr(local_airflow, "serve", lambda home, store, port, notice: notices.append(notice()))
    monkeypatch.setattr(registry, "reachable", lambda name: False)
    monkeypatch.setenv("DIGITS_MANUAL_DIR", "")
    originals = tmp_path / "mnist"
    originals.mkdir()
    local_airflow.up(store=tmp_path / "store", home=tmp_path / "home", outside=RunOutside(manual_dir=originals))
    assert f"MNIST CANNOT BE HAD HERE (no route to its host, not all its files whole in {originals})" in caplog.text
    for file in registry.source_files("mnist"):
        (originals / file.name).touch()
        os.truncate(originals / file.name, file.size_bytes)
    local_airflow.up(store=tmp_path / "store", home=tmp_path / "home", outside=RunOutside(manual_dir=originals))
    assert notices == [f"runs with the default dataset, auto, train on {name}" for name in ("MNIST_SAMPLE", "MNIST")]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            Standing("up", 9, "http://127.0.0.1:8080", 7, "/store"),
            "Airflow is up: http://127.0.0.1:8080  user admin  password {password}\n"
            "pid 7, 9 processes, store /store, logs in {home}/logs",
        ),
        (
            Standing("run", 9, "http://127.0.0.1:81", 7, "/store"),
            "one retraining is under way, in an Airflow of its own at http://127.0.0.1:81\n"
            "pid 7, 9 processes, store /store, logs in {home}/logs",
        ),
        (Standing("starting", 1), "an Airflow is starting here: ask again in a moment"),
        (Standing("killed", 5), "no Airflow runs here, but 5 processes of a killed one: make stop ends them"),
    ],
    ids=lambda each: getattr(each, "state", ""),
)
def test_what_runs_is_said_with_its_login_or_what_to_do(tmp_path, monkeypatch, capsys, found, said):
    monkeypatch.setattr(local_airflow, "standing", lambda home: found)
    local_airflow.status(home=tmp_path)
    assert capsys.readouterr().out == said.format(password=Home.at(tmp_path).password, home=tmp_path) + "\n"
    local_airflow.status(home=tmp_path, json=True)
    assert json.loads(capsys.readouterr().out) == asdict(found)


def test_where_nothing_runs_nothing_is_stopped_and_no_folder_is_made(tmp_path, capsys):
    local_airflow.status(home=tmp_path / "home")
    local_airflow.stop(home=tmp_path / "home")
    assert capsys.readouterr().out.splitlines() == [
        "no Airflow runs here: make up starts one",
        "nothing to stop: no Airflow runs here",
    ]
    assert not (tmp_path / "home").exists()


def test_any_signal_unwinds_as_ctrl_c_does():
    with pytest.raises(KeyboardInterrupt):
        local_airflow.interrupt(15, None)
