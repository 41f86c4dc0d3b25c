"""Airflow's own folder: settings that Airflow reads as they were meant, secrets, and one process at a time."""

import configparser
import importlib.util
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_components.local_airflow import processes
from pipeline_components.local_airflow.home import REPOSITORY, Home, Instance
from tests.kits.airflow import python

READ = """
import json
from airflow.configuration import conf
print(json.dumps({
    "port": conf.getint("api", "port"),
    "waits_s": conf.getimport("database", "sql_alchemy_connect_args")["timeout"],
    "passwords": conf.get("core", "simple_auth_manager_passwords_file"),
    "dags": conf.get("core", "dags_folder"),
    "database": conf.get("database", "sql_alchemy_conn"),
    "folders": [conf.get("core", "plugins_folder"), conf.get("logging", "base_log_folder"),
                conf.get("logging", "dag_processor_child_process_log_directory")],
}))
"""


def test_a_home_keeps_its_secrets_over_configurations_and_to_itself(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "50% of it")
    written = []
    for port in (8080, 8081):
        home.configure(port)
        parser = configparser.ConfigParser()
        parser.read(home.path / "airflow.cfg")
        written.append(parser)
    first, second = written
    assert (first["api"]["port"], second["api"]["port"]) == ("8080", "8081")
    assert second["api"]["host"] == "127.0.0.1"
    assert second["core"]["execution_api_server_url"] == "http://127.0.0.1:8081/execution/"
    assert second["core"]["load_examples"] == "False"
    assert first["api_auth"]["jwt_secret"] == second["api_auth"]["jwt_secret"]
    assert second["core"]["simple_auth_manager_passwords_file"] == str(home.path / "passwords.json")
    assert json.loads((home.path / "passwords.json").read_text()) == {"admin": home.password}
    assert {stat.S_IMODE(file.stat().st_mode) for file in home.path.iterdir()} == {0o600}
    assert Home.at(tmp_path / "other").password != home.password


@pytest.mark.airflow
def test_airflow_reads_what_was_written_whatever_the_path(tmp_path: Path) -> None:
    if importlib.util.find_spec("airflow") is None:
        pytest.skip("needs Airflow: install the extra `airflow`")
    home = Home.at(tmp_path / "50% of %(it)s; # = [a]")
    home.configure(8080)
    env = processes.environment(home, tmp_path / "store", scheduled=False)
    assert json.loads(python(READ, env)) == {
        "port": 8080,
        "waits_s": 60,
        "passwords": str(home.path / "passwords.json"),
        "dags": str(REPOSITORY / "dags"),
        "database": f"sqlite:///{home.path}/airflow.db",
        "folders": [str(REPOSITORY / "dags/plugins"), f"{home.path}/logs", f"{home.path}/logs/dag_processor"],
    }


def test_one_process_at_a_time_has_a_home_and_a_killed_one_loses_it(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    with home.claimed() as mine:
        assert mine
        home.announce(Instance("up", os.getpid(), 8080, "/store"))
        with home.claimed() as also:
            assert not also
        assert home.instance() == Instance("up", os.getpid(), 8080, "/store")
    assert home.instance() is None
    code = (
        "import os, sys; from pathlib import Path; from pipeline_components.local_airflow.home import Home\n"
        "with Home.at(Path(sys.argv[1])).claimed(): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    with home.claimed() as mine:
        assert mine
