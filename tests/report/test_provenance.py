"""How to make the same model again: from manifests to a command line that finds it."""

import re
import shlex
from dataclasses import replace

import pytest

from pipeline_components.report import ReportConfig
from pipeline_components.report.provenance import Evaluated, evaluated, flag, provenance
from pipeline_components.report.reading import read_findings
from tests.kits.evaluations import made

MANIFESTS = {
    "preprocess": {
        "id": "preprocess/3",
        "digest": "0123456789abcdef",
        "inputs": {"examples": {"id": "ingest/2"}, "baseline": None},
        "config": {"split_seed": 7, "data_schema": None},
        "libraries": {"numpy": "2.4"},
    },
    "evaluate": {
        "id": "evaluate/5",
        "digest": "f" * 64,
        "inputs": {"model": {"id": "train/4"}, "others": [{"id": "export/1"}, {"id": "export/2"}]},
        "config": {"slice_floors": {}, "new_line": False},
        "libraries": {"keras": "3.15"},
    },
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    return read_findings(*made(tmp_path_factory.mktemp("made")))


def test_folders_without_manifests_give_a_command_of_what_is_known(findings):
    found = provenance(findings, ReportConfig(gallery_size=12))
    assert (found.artifacts, found.libraries) == ([], {})
    assert found.command == "digits run \\\n  --dataset mnist \\\n  --gallery-size 12"


def test_manifests_give_ids_inputs_libraries_and_every_parameter_that_was_set(findings):
    found = provenance(replace(findings, manifests=MANIFESTS), ReportConfig())
    assert found.artifacts == [
        {"component": "preprocess", "id": "preprocess/3", "digest": "0123456789ab", "inputs": ["ingest/2"]},
        {
            "component": "evaluate",
            "id": "evaluate/5",
            "digest": "f" * 12,
            "inputs": ["train/4", "export/1", "export/2"],
        },
    ]
    assert list(found.libraries.items()) == [("keras", "3.15"), ("numpy", "2.4")]
    flags = ["--dataset mnist", "--split-seed 7", "--no-new-line", "--gallery-size 24"]
    assert found.command == " \\\n  ".join(["digits run", *flags])
    assert len(found.parameters) == 5


def test_an_evaluation_says_when_in_which_run_and_against_which_version():
    made = {"at": "2026-11-22T16:56:07.123456+00:00", "run_id": "run__7", "served_as": {"champion": "digits/3"}}
    inputs = {"champion": {"id": "export/1"}, "model": {"id": "train/4"}}
    assert evaluated({"made": made, "inputs": inputs}) == Evaluated(
        "2026-11-22 16:56 UTC", "run__7", "export/1, served as digits/3"
    )
    assert evaluated({"made": {"at": made["at"]}, "inputs": inputs}).champion == "export/1", "an older manifest"
    assert evaluated({}) == Evaluated(None, None, None)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("epochs", 3, "--epochs 3"),
        ("hidden_units", [64, 32], "--hidden-units 64 --hidden-units 32"),
        ("new_line", True, "--new-line"),
        ("new_line", False, "--no-new-line"),
        ("force_bless", "the scanner's new", """--force-bless 'the scanner'"'"'s new'"""),
        ("slice_floors", {"hard": 0.1}, """--slice-floors '{"hard": 0.1}'"""),
    ],
)
def test_parameter_as_a_flag(name, value, said):
    assert flag(name, value) == said


def test_command_of_the_recipe_finds_every_artifact_again(digits):
    """The line that the report of a real run prints is the line that made it."""
    card = next(digits.store.glob("report/*/model_card.md")).read_text()
    command = shlex.split(re.search(r"```\n(digits run .*?)\n```", card, re.DOTALL)[1].replace("\\\n", ""))
    steps = digits.json(*command[1:])["steps"]
    assert {name: step["hit"] for name, step in steps.items()} == dict.fromkeys(steps, True)
    assert len(steps) == 6
