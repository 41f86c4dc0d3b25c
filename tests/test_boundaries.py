"""What loads what, seen in the modules of a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_components.store import Store
from tests.kits.store import chain

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pipeline_components"
COMPONENTS = sorted(file.parent.name for file in PACKAGE.glob("*/component.py"))
HEAVY = ("tensorflow", "keras", "tensorflow_datasets", "pandas", "matplotlib")
COMPUTES_WITH = {*HEAVY, "numpy", "pyarrow"}


def loaded(program: str, *arguments: str | Path) -> set[str]:
    """The top-level modules of a process after it ran this program."""
    ending = "import sys; print('LOADED', *{name.partition('.')[0] for name in sys.modules})"
    process = subprocess.run(
        [sys.executable, "-c", f"{program}\n{ending}", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(process.stdout.splitlines()[-1].split()[1:])


def command(*arguments: str | Path) -> set[str]:
    """The top-level modules after a `digits` command."""
    return loaded(
        "import sys\n"
        "from pipeline_components.cli import main\n"
        "try:\n    code = main(sys.argv[1:])\n"
        "except SystemExit as exit:\n    code = exit.code or 0\n"
        "assert code == 0, code",
        *arguments,
    )


@pytest.fixture
def filled(tmp_path) -> Path:
    """A store with four artifacts and the record of a run."""
    store = Store(tmp_path)
    chain(store)
    store.write_run("run__1", {"steps": {}, "verdict": "blessed", "accuracy": 0.98, "elapsed_s": 3.0})
    return tmp_path


@pytest.mark.parametrize(
    "arguments", [["--help"], ["ls"], ["runs"], ["train", "--help"], ["run", "--help"]], ids=" ".join
)
def test_a_command_that_computes_nothing_loads_nothing_heavy(arguments, filled):
    store = [] if "--help" in arguments else ["--store", filled]
    assert not command(*arguments, *store) & {*HEAVY, "airflow"}


def test_a_list_needs_nothing_that_computes(filled):
    assert not command("ls", "--store", filled) & {"pydantic", "numpy", "pyarrow"}
    assert not command("runs", "--store", filled) & {"numpy", "pyarrow"}  # the default parameters are pydantic's


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_is_imported_without_what_it_computes_with(component):
    """`component.py` imports its parts inside its function: a run that finds everything made loads none of them."""
    assert not loaded(f"import pipeline_components.{component}") & {*COMPUTES_WITH, "airflow"}


def test_no_module_outside_the_components_does_heavy_work_when_it_is_imported():
    modules = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in sorted(PACKAGE.rglob("*.py"))
        if file.relative_to(PACKAGE).parts[0] not in COMPONENTS
    ]
    assert {f"pipeline_components.{name}" for name in ("cli", "errors", "store", "models")} <= set(modules)
    assert not loaded("\n".join(f"import {module}" for module in modules)) & {*HEAVY, "airflow"}


def test_report_draws_without_tensorflow(preprocessed, trained, evaluated, tmp_path):
    modules = loaded(
        "import sys\nfrom pathlib import Path\n"
        "from pipeline_components.report import ReportConfig\nfrom pipeline_components.report import report\n"
        "*inputs, out = map(Path, sys.argv[1:])\nreport(*inputs, out=out, config=ReportConfig())",
        *(preprocessed, trained, evaluated, tmp_path),
    )
    assert not modules & {"tensorflow", "keras", "tensorflow_datasets", "airflow"}
    assert (tmp_path / "report.html").is_file()


def test_the_import_contracts_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    if not lint.is_file():
        pytest.skip("needs import-linter")
    process = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout
