"""What every component in the table promises: equal bytes again, inputs left alone, nothing written but its output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kits.components import CALLS, COMPARED, call, digests

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def before(
    ingested, preprocessed, trained, evaluated, reported, approved, exported, tuned, predicted, chain_root, chain_facts
):
    """Every file of the chain that this process made, by its bytes."""
    for compared in COMPARED:
        chain_facts[compared] = call(compared, chain_root, chain_root / compared)
    return {component: digests(chain_root / component) for component in CALLS}


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory):
    """A home, a working folder and a temporary folder with nothing in them."""
    root = tmp_path_factory.mktemp("surroundings")
    for name in ("home", "work", "tmp"):
        (root / name).mkdir()
    return root


@pytest.fixture(scope="module")
def again_root(tmp_path_factory):
    return tmp_path_factory.mktemp("again")


@pytest.fixture(scope="module")
def again(before, chain_root, surroundings, again_root):
    """What came of calling each component twice more in a fresh process."""
    variables = {"HOME": "home", "TMPDIR": "tmp"}
    process = subprocess.run(
        [sys.executable, "-m", "tests.kits.components", chain_root, again_root],
        cwd=surroundings / "work",
        env=os.environ
        | {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
        | {variable: str(surroundings / name) for variable, name in variables.items()},
        capture_output=True,
        check=False,
        text=True,
    )
    assert process.returncode == 0, process.stderr[-3000:]
    return json.loads(process.stdout.splitlines()[-1])


@pytest.mark.parametrize("component", CALLS)
def test_deterministic_between_processes(component, before, again):
    first = again[component]["calls"][0]["files"]
    assert first == before[component] and first


@pytest.mark.parametrize("component", CALLS)
def test_idempotent_within_a_process(component, again):
    first, second = again[component]["calls"]
    assert second["files"] == first["files"]
    assert second["facts"] == first["facts"]


@pytest.mark.parametrize("component", CALLS)
def test_facts_survive_json_and_repeat(component, again, chain_facts):
    facts = chain_facts[component]
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts == again[component]["calls"][0]["facts"]
    assert len(json.dumps(facts)) < 4000


@pytest.mark.parametrize("component", CALLS)
def test_writes_only_under_out(component, again):
    assert [call["written_outside"] for call in again[component]["calls"]] == [[], []]


def test_leaves_working_folder_and_temporary_folder_empty(again, surroundings):
    assert digests(surroundings / "work") == digests(surroundings / "tmp") == {}


def test_inputs_are_unchanged(before, again, chain_root):
    assert {component: digests(chain_root / component) for component in CALLS} == before


@pytest.mark.parametrize("component", CALLS)
def test_loads_no_airflow(component, again):
    assert again[component]["airflow"] is False
