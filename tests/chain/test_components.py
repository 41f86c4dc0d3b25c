"""The table: the component that the README adds, from outside this package, is there wherever components are."""

import json
import os
import subprocess
import sys

import pytest

from pipeline_components.chain.components import COMPONENTS, Component, run_components, sources_of
from tests.kits.added import ADD, write_package


@pytest.fixture
def verb(digits, tmp_path):
    """Runs a `digits` command in a process whose table has the component."""

    path = write_package(tmp_path)

    def run(*arguments: str) -> str:
        program = f"{ADD}\nfrom pipeline_components.cli import main\nsys.exit(main(sys.argv[1:]))"
        process = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            env=os.environ | {"DIGITS_STORE": str(digits.store), "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        return process.stdout

    return run


def test_a_component_from_elsewhere_has_verb_form_forecast_and_is_made_again(digits, verb):
    assert "Count the examples of each class." in verb("--help")
    assert "--count-split" in verb("count", "--help")
    assert verb("count", "--count-split", "train") == "count/1\n"
    counts = json.loads((digits.store / "count" / "1" / "counts.json").read_text())
    assert counts == {str(digit): 360 for digit in range(10)}
    assert verb("reproduce", "count/1") == "count/1: identical, all 1 files, byte for byte\n"
    manifest = json.loads((digits.store / "count" / "1" / "artifact.json").read_text())
    assert {"elsewhere/count/component.py", "pipeline_components/data/examples.py"} <= manifest["source"].keys()
    assert {"numpy", "pyarrow"} <= manifest["libraries"].keys()

    flags = "--dataset", "mnist_sample", "--epochs", "3", "--accuracy-threshold", "0.5"
    asked = {each["component"]: each["action"] for each in json.loads(verb("explain", *flags, "--json"))}
    assert asked["count"] == "make" and {*asked.values()} == {"make", "reuse"}
    record = json.loads(verb("run", *flags, "--json"))
    assert {name: step["hit"] for name, step in record["steps"].items() if not step["hit"]} == {"count": False}
    assert record["parameters"]["count_split"] == "test"


def test_a_component_follows_only_what_no_other_input_follows_already():
    edges = {component.name: sources_of(component) for component in run_components()}
    assert edges == {
        "ingest": [],
        "preprocess": ["ingest"],
        "train": ["preprocess"],
        "evaluate": ["train"],
        "report": ["evaluate"],
        "export": ["evaluate"],
    }


def test_names_follow_from_the_package():
    component = Component("hyper_search", "Search.", package="elsewhere.search")
    assert component.module == "elsewhere.search"
    assert COMPONENTS["train"].config.__name__ == "TrainConfig"
    assert COMPONENTS["train"].function.__name__ == "train"
    assert [each.name for each in COMPONENTS.values() if each.gated] == ["export"]


def test_the_highlights_are_what_the_facts_tell_of_what_matters():
    facts = {"verdict": "blessed", "accuracy": 0.98061, "accuracy_low": 0.97771, "accuracy_high": 0.98312}
    facts |= {"dataset": "mnist", "examples": 10_000, "loss": 0.0748}
    assert COMPONENTS["evaluate"].in_short(facts) == [
        *("blessed", "test accuracy 0.9806", "(0.9777 to 0.9831)", "10,000 images of mnist"),
    ]
    assert COMPONENTS["evaluate"].in_short({"accuracy": None, "verdict": "refused", "dataset": 3}) == ["refused"]
    assert COMPONENTS["ingest"].in_short({"splits": [1]}) == []
    assert Component("new", "New.").in_short({"images": 3, "a": "b"}) == ["images 3", "a b"]


def test_the_accuracies_of_training_are_called_so():
    shown = COMPONENTS["train"].in_short({"accuracy": 0.9992, "validation_accuracy": 0.98, "epochs": 20})
    assert shown == ["validation accuracy 0.9800", "20 epochs", "training accuracy 0.9992"]
