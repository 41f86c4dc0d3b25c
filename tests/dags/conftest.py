"""Airflow runs in processes of its own: nothing of it, nor TensorFlow, is loaded into pytest's."""

import importlib.util
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from pipeline_components.local_airflow.home import REPOSITORY


@pytest.fixture(scope="session")
def airflow_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    if importlib.util.find_spec("airflow") is None:
        pytest.skip("needs Airflow: install the extra `airflow`")
    home = tmp_path_factory.mktemp("airflow")
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "DIGITS"))}
    return ours | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'dags'}",
        "DIGITS_STORE": str(home / "artifacts"),
    }


@pytest.fixture(scope="session")
def parsed(airflow_env: dict[str, str]) -> dict[str, Any]:
    """What one parse of the DAG gives, see describe.py."""
    command = [sys.executable, str(REPOSITORY / "tests" / "dags" / "describe.py")]
    done = subprocess.run(command, env=airflow_env, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
