"""What Airflow sees of the DAG: its tasks and edges, its form, its schedule, and what parsing it costs."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from pipeline_components.chain.components import run_components
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.form import flat_schema
from pipeline_components.local_airflow.home import REPOSITORY
from tests.kits.added import ADD, write_package
from tests.kits.airflow import python

pytestmark = pytest.mark.airflow
DAG_FILE = REPOSITORY / "dags" / "digits_retraining.py"


def test_tasks_and_edges(parsed: dict[str, Any]) -> None:
    assert {name: task["downstream"] for name, task in parsed["tasks"].items()} == {
        "validate_parameters": ["ingest"],
        "ingest": ["preprocess"],
        "preprocess": ["train"],
        "train": ["evaluate"],
        "evaluate": ["gate", "report"],
        "report": ["verdict"],
        "gate": ["ask", "export"],
        "ask": ["approve"],
        "approve": ["export"],
        "export": ["verdict"],
        "verdict": [],
    }


def test_verdict_speaks_whatever_happened_and_no_other_task_does(parsed: dict[str, Any]) -> None:
    rules = {name: task["trigger_rule"] for name, task in parsed["tasks"].items()}
    assert rules.pop("verdict") == "all_done"
    assert rules.pop("export") == "none_failed_min_one_success", "behind the gate, whether a person was asked or not"
    assert set(rules.values()) == {"all_success"}


def test_export_alone_may_emit_the_asset_and_only_when_it_says_so(parsed: dict[str, Any]) -> None:
    outlets = {name: task["outlets"] for name, task in parsed["tasks"].items() if task["outlets"]}
    assert outlets == {"export": ["AssetAlias digits/pushed"]}


def test_weekly_one_run_at_a_time_no_catchup_and_docs_everywhere(parsed: dict[str, Any]) -> None:
    assert (parsed["schedule"], parsed["max_active_runs"], parsed["catchup"]) == ("0 0 * * 0", 1, False)
    assert "gate" in parsed["doc"]
    assert parsed["description"] == "Retrains the digit recogniser, and serves it if it passes the gate."
    assert {task["owner"] for task in parsed["tasks"].values()} == {"digits"}
    assert all(task["doc"] and task["doc"].strip().endswith(".") for task in parsed["tasks"].values())


def test_form_says_what_the_models_say(parsed: dict[str, Any]) -> None:
    params = parsed["params"]
    force = params.pop("force")
    assert params == flat_schema()
    defaults = {name: param["default"] for name, param in params.items()}
    assert PipelineConfig.from_flat(defaults).flat() == PipelineConfig().flat()
    assert params["dataset"]["default"] == "auto"
    assert params["epochs"]["allOf"] == [{"minimum": 1, "maximum": 1000}]
    assert {name: params[name]["section"] for name in ("epochs", "members", "optimizer", "elastic")} == {
        "epochs": "Train", "members": "Network", "optimizer": "Optimizer", "elastic": "Augmentation"
    }  # fmt: skip
    assert force["items"]["enum"] == [each.name for each in run_components()]


def test_what_a_scheduled_run_is_given_is_the_environments(airflow_env: dict[str, str]) -> None:
    program = """
import json, os, sys
import digits_retraining
found = [digits_retraining.form()[name].value for name in ("network", "approval", "epochs")]
for wrong in ('{"epoks": 3}', '{"epochs": 0}', '["cnn"]', 'network=cnn'):
    os.environ["DIGITS_PARAMETERS"] = wrong
    try:
        digits_retraining.form()
    except Exception as error:
        found.append(f"{type(error).__name__}: {error}")
print(json.dumps(found))
"""
    given = {"DIGITS_PARAMETERS": '{"network": "cnn", "approval": "inconclusive"}'}
    network, approval, epochs, *refused = json.loads(python(program, airflow_env | given))
    assert (network, approval, epochs) == ("cnn", "inconclusive", PipelineConfig().flat()["epochs"])
    assert len(refused) == 4
    assert all(
        each.startswith("BadConfig: DIGITS_PARAMETERS: a JSON object of parameters expected: ") for each in refused
    )
    assert [word in each for word, each in zip(("epochs", "epochs: 0", "cnn", "column 1"), refused, strict=True)] == [
        True
    ] * 4


def test_parsing_is_light(parsed: dict[str, Any]) -> None:
    heavy = {"tensorflow", "keras", "tensorflow_datasets", "pandas", "matplotlib", "pyarrow", "numpy"}
    assert not heavy & set(parsed["modules"])
    assert not [name for name in parsed["loaded"] if name.startswith("pipeline_components.store")]
    assert parsed["parse_s"] <= 0.5


def test_airflow_finds_nothing_deprecated() -> None:
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--preview", "--select", "AIR", str(DAG_FILE)]
    assert subprocess.run(command, check=False).returncode == 0


def test_a_component_added_to_the_table_is_a_task_and_a_field_of_the_form(airflow_env, tmp_path) -> None:
    program = f"""{ADD}
import digits_retraining
dag = digits_retraining.digits_retraining()
count = dag.get_task("count")
print(json.dumps([sorted(count.upstream_task_ids), sorted(count.downstream_task_ids), count.doc_md,
                  dag.params.get_param("count_split").schema["enum"]]))
"""
    path = f"{airflow_env['PYTHONPATH']}{os.pathsep}{write_package(tmp_path)}"
    assert json.loads(python(program, airflow_env | {"PYTHONPATH": path})) == [
        ["preprocess"],
        ["verdict"],
        "Count the examples of each class.",
        ["train", "validation", "test"],
    ]
