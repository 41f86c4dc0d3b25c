"""What is made again after an edit or an upgrade: a table, tried on a copy of the package."""

import os
import shutil
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.store import Code, code_of, libraries, source

ROOT = Path(__file__).parents[2]
PACKAGE = "pipeline_components"
ALL = set(COMPONENTS)
COMPUTE = ALL - {"report", "tune", "approve"}
NONE: set[str] = set()

# file, what stands there, what is written instead, the components that are made again
EDITS = {
    "a help text": ("train/config.py", "Passes over the training split.", "How often it is read.", NONE),
    "a docstring": ("train/component.py", "Fit a network to the training split", "Fit it", NONE),
    "the docstring of a package": ("evaluate/__init__.py", "Evaluate (TFX: Evaluator)", "Evaluate", NONE),
    "the docstring of the root": ("__init__.py", "Handwritten digit recognition", "Digits", NONE),
    "a comment": ("data/registry.py", "# The thresholds leave", "# They leave", NONE),
    "a type": ("train/fit.py", "BatchStep = Callable[[tf.Tensor, ", "BatchStep = Callable[[", NONE),
    "its own default": ("report/config.py", "Field(24, ge=1", "Field(12, ge=1", {"report"}),
    "its own bound": ("ingest/config.py", "a-zA-Z0-9_.", "a-z0-9_.", {"ingest"}),
    "its own code": ("train/fit.py", "range(most)", "range(size + 0)", {"train"}),
    "the chosen network": ("models/mlp.py", "GlorotUniform(next(seeds))", "HeNormal(next(seeds))", {"train"}),
    "another network": ("models/cnn.py", "width=16", "width=24", NONE),
    "an optimiser": ("train/optimizers.py", "0.2, 0.04", "0.3, 0.04", {"train"}),
    "what a fresh process runs": ("export/infra_validation.py", "range(-10, calls)", "range(-20, calls)", {"export"}),
    "how images are read": (
        "data/images.py",
        "MAX_SIDE = ",
        "MAX_SIDE = 1 + ",
        {"preprocess", "export", "predict"},
    ),
    "examples": (
        "data/examples.py",
        "import pyarrow as pa\n",
        "import pyarrow as pa\nNEW = 1\n",
        {"preprocess", "train", "evaluate", "report", "export", "tune"},
    ),
    "a threshold": ("data/registry.py", "0.97, {", "0.98, {", {"ingest", "preprocess", "evaluate", "export"}),
    "an interval": (
        "stats/wilson.py",
        "import math\n",
        "import math\nNEW = 1\n",
        {"preprocess", "evaluate", "report", "tune"},
    ),
    "a decision": ("data/decision.py", "FILE = ", "FILE = OTHER = ", {"evaluate", "report", "approve", "export"}),
    "who is asked": ("approve/config.py", "le=8760", "le=8761", {"approve"}),
    "errors": ("errors.py", "exit_code = 2", "exit_code = 4", ALL),
    "what all import": ("__init__.py", '"""', 'NEW = 1\n"""', ALL),
    "the page's template": ("report/report.html.j2", "<body", "<body class=new", {"report"}),
    "the card's template": ("report/model_card.md.j2", "---", "--- ", {"report"}),
    "the style": ("report/report.css", "{", "{ ", {"report"}),
    "the reference": ("preprocess/reference/mnist.json", "54000", "54001", {"preprocess"}),
    "a part that only a command uses": ("predict/contact_sheet.py", "import", "NEW = 1\nimport", NONE),
    "a new file": ("train/notes.py", "", "NEW = 1\n", NONE),
    "a data file of a known name": ("data/reference/statistics.json", "", "{}", NONE),
    "the chain": ("chain/produce.py", "log = ", "log = other = ", NONE),
    "a command": ("commands/again.py", "Outside = ", "Outside = Other = ", NONE),
    "the store": ("store/publish.py", "MARGIN_BYTES = 1", "MARGIN_BYTES = 2", NONE),
    "the server": ("serving/server.py", "import", "NEW = 1\nimport", NONE),
    "the server's page": ("serving/page/index.html", "<body", "<body class=new", NONE),
    "a question to a store": ("browse/diff.py", "from typing import Any\n", "NEW = 1\nfrom typing import Any\n", NONE),
    "a DAG": ("../dags/digits_retraining.py", "import", "NEW = 1\nimport", NONE),
}
UPGRADES = {
    "numpy": ALL - {"approve"},
    "pyarrow": ALL - {"approve"},
    "pydantic": ALL,
    "tensorflow": COMPUTE,
    "tensorflow-datasets": {"ingest", "preprocess"},
    "keras": {"train", "evaluate", "export"},
    "mlxtend": {"ingest"},
    "requests": {"ingest"},
    "matplotlib": {"report", "tune"},
    "pandas": {"report"},
    "jinja2": {"report", "tune"},
    "markupsafe": {"report", "tune"},
    "optuna": {"tune"},
    "protobuf": NONE,
    "starlette": NONE,
    "rich": NONE,
}


def codes() -> dict[str, Code]:
    return {
        name: code_of(component.module, PACKAGE, component.chosen(component.config()))
        for name, component in COMPONENTS.items()
    }


def made_again(before: dict[str, Code]) -> set[str]:
    now = codes()
    return {component for component in ALL if now[component] != before[component]}


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Path:
    """A copy of the package, which is read instead of it."""
    for folder in (PACKAGE, "dags"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(source, "find_spec", lambda name: PathFinder.find_spec(name, [str(tmp_path)]))
    return tmp_path / PACKAGE


@pytest.mark.parametrize(("file", "before", "after", "expected"), EDITS.values(), ids=EDITS)
def test_an_edit_makes_exactly_those_again_that_depend_on_it(copy, file, before, after, expected):
    known, path = codes(), copy / file
    if before:
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after, 1))
        os.utime(path, ns=(0, 10**18))
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(after)
    assert made_again(known) == expected


@pytest.mark.parametrize(("library", "expected"), UPGRADES.items(), ids=UPGRADES)
def test_an_upgraded_library_makes_exactly_those_again_that_import_it(monkeypatch, library, expected):
    known, real = codes(), libraries.library_of

    def upgraded(module: str) -> tuple[str, str] | None:
        found = real(module)
        return (library, "99") if found and found[0] == library else found

    monkeypatch.setattr(libraries, "library_of", upgraded)
    assert made_again(known) == expected


def test_an_optional_library_that_is_not_installed_counts_for_nothing(monkeypatch):
    real = libraries.library_of
    monkeypatch.setattr(libraries, "library_of", lambda module: None if module.startswith("mlxtend") else real(module))
    found = codes()["ingest"].libraries
    assert "mlxtend" not in found and "tensorflow-datasets" in found


def test_every_file_in_a_component_s_folder_counts_but_the_one_that_only_a_command_uses():
    """Catches a data file that nobody has declared in RESOURCES."""
    lost = set()
    for component, code in codes().items():
        files = (path for path in (ROOT / PACKAGE / component).rglob("*") if path.is_file())
        names = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
        lost |= names - code.source.keys()
    assert lost == {"pipeline_components/predict/contact_sheet.py"}
