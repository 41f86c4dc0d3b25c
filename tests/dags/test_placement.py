"""Where tasks run: Airflow's own choice, or the queue, pool and pod that the environment names for what trains."""

import json

import pytest

from tests.kits.airflow import python

pytestmark = pytest.mark.airflow

PLACES = """
import json, digits_retraining, digits_tuning
from airflow.serialization.serialized_objects import DagSerialization
found, serialized = {}, []
for dag in (digits_retraining.digits_retraining(), digits_tuning.digits_tuning()):
    serialized.append(DagSerialization.to_dict(dag))
    for task in dag.tasks:
        found[f"{dag.dag_id} {task.task_id}"] = [task.queue, task.pool, task.executor_config]
print(json.dumps([found, sorted({name.partition(".")[0] for name in __import__("sys").modules}), serialized]))
"""
DOCS = """
import json, digits_retraining
dag = digits_retraining.digits_retraining()
print(json.dumps({task.task_id: task.doc_md for task in dag.tasks}))
"""
AIRFLOWS_OWN = ["default", "default_pool", {}]
POD = "/opt/digits/pods/training.yaml"


def test_by_default_every_task_is_where_airflow_puts_it(airflow_env: dict[str, str]) -> None:
    found, _, _ = json.loads(python(PLACES, airflow_env))
    assert {name: place for name, place in found.items() if place != AIRFLOWS_OWN} == {}
    assert {"digits_retraining train", "digits_tuning trial"} < set(found)


def test_an_empty_variable_names_nothing(airflow_env: dict[str, str]) -> None:
    empty = dict.fromkeys(("DIGITS_TRAINING_QUEUE", "DIGITS_TRAINING_POOL", "DIGITS_TRAINING_POD"), "")
    found, _, _ = json.loads(python(PLACES, airflow_env | empty))
    assert {name: place for name, place in found.items() if place != AIRFLOWS_OWN} == {}


def test_what_trains_goes_to_the_queue_the_pool_and_the_pod_that_are_named_and_nothing_else(
    airflow_env: dict[str, str],
) -> None:
    named = {
        "DIGITS_TRAINING_QUEUE": "training",
        "DIGITS_TRAINING_POOL": "one",
        "DIGITS_TUNING_POOL": "many",
        "DIGITS_TRAINING_POD": POD,
    }
    found, modules, _ = json.loads(python(PLACES, airflow_env | named))
    assert {name: place for name, place in found.items() if place != AIRFLOWS_OWN} == {
        "digits_retraining train": ["training", "one", {"pod_template_file": POD}],
        "digits_tuning trial": ["training", "many", {"pod_template_file": POD}],
    }
    assert "kubernetes" not in modules, "a file's path is data: nothing of Kubernetes is imported to parse"


def test_two_parses_with_a_place_give_one_version(airflow_env: dict[str, str]) -> None:
    named = airflow_env | {"DIGITS_TRAINING_QUEUE": "training", "DIGITS_TRAINING_POD": POD}
    first, second = (json.loads(python(PLACES, named | {"PYTHONHASHSEED": seed}))[2] for seed in "12")
    assert first == second


def test_each_component_says_what_it_needs(airflow_env: dict[str, str]) -> None:
    docs = json.loads(python(DOCS, airflow_env))
    assert docs["train"].endswith("\n\nNeeds 965 MB of memory, 1.5 cores, 27 s: all of MNIST, the defaults, 2 cores.")
    components = ("ingest", "preprocess", "train", "evaluate", "report", "export")
    assert {name for name, doc in docs.items() if " MB of memory, " in doc} == set(components)
