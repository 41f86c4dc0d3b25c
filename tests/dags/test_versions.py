"""A DAG file that nobody has changed is the same version of its DAG at every parse, and tasks are called with data."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.kits.airflow import python

pytestmark = pytest.mark.airflow
DAGS = ("digits_batch_predict", "digits_housekeeping", "digits_retraining")

PARSE = """
import importlib, json, sys
from airflow.serialization.serialized_objects import DagSerialization

def not_data(argument):
    if isinstance(argument, (dict, list, tuple)):
        inside = argument.values() if isinstance(argument, dict) else argument
        return [found for each in inside for found in not_data(each)]
    return [] if argument is None or isinstance(argument, (str, int, float)) else [type(argument).__name__]

parsed = {}
for name in sys.argv[1:]:
    dag = getattr(importlib.import_module(name), name)()
    parsed[name] = {
        "serialized": DagSerialization.to_dict(dag),
        "not_data": {task.task_id: not_data([getattr(task, name, None) for name in ("op_args", "op_kwargs")])
                     for task in dag.tasks},
    }
print(json.dumps(parsed, sort_keys=True))
"""
WRONG = """
from dataclasses import dataclass
from functools import partial
from airflow.sdk import dag, task

@dataclass
class Record:
    function: object

def body(argument):
    return argument

@dag(schedule=None)
def {name}():
    task(task_id="calls")(body)({argument})
"""
FUNCTIONS = {
    "lambda: 1": "function",
    "body": "function",
    "argument=partial(body, 1)": "partial",
    "{'deep': [1.5, None, body]}": "function",
    "Record(body)": "Record",
}


def parse(environment: dict[str, str], *names: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(python(PARSE, environment, *names))
    return parsed


@pytest.fixture
def wrong(airflow_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of a parse that finds DAG files of one task each, called with what is not data."""
    for number, argument in enumerate(FUNCTIONS):
        code = WRONG.replace("{name}", f"wrong_{number}").replace("{argument}", argument)
        (tmp_path / f"wrong_{number}.py").write_text(code)
    return airflow_env | {"PYTHONPATH": str(tmp_path)}


def test_two_parses_give_one_version(airflow_env: dict[str, str]) -> None:
    first, second = (parse(airflow_env | {"PYTHONHASHSEED": seed}, *DAGS) for seed in "12")
    assert first == second
    assert sorted(first) == list(DAGS)


def test_every_task_is_called_with_data(airflow_env: dict[str, str]) -> None:
    found = {name: dag["not_data"] for name, dag in parse(airflow_env, *DAGS).items()}
    assert set(found["digits_retraining"]) >= {"ingest", "train", "verdict"}
    assert [tasks for tasks in found.values() if any(tasks.values())] == []


def test_a_function_in_an_argument_is_found(wrong: dict[str, str]) -> None:
    parsed = parse(wrong, *(f"wrong_{number}" for number in range(len(FUNCTIONS))))
    assert [dag["not_data"]["calls"] for dag in parsed.values()] == [[kind] for kind in FUNCTIONS.values()]


def test_an_address_in_an_argument_is_another_version(wrong: dict[str, str]) -> None:
    """Airflow 3.3.2 writes a function's name, but of any other object what it prints of itself."""
    name = f"wrong_{list(FUNCTIONS).index('Record(body)')}"
    first, second = (parse(wrong, name)[name]["serialized"] for _ in range(2))
    assert first != second
