"""What loads what, seen in the modules of a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("tensorflow", "keras", "tensorflow_datasets", "pandas", "matplotlib")


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


@pytest.mark.parametrize(
    "arguments", [["--help"], ["ls"], ["runs"], ["train", "--help"], ["run", "--help"]], ids=" ".join
)
def test_a_command_that_computes_nothing_loads_nothing_heavy(arguments, tmp_path):
    store = [] if "--help" in arguments else ["--store", tmp_path]
    assert not command(*arguments, *store) & {*HEAVY, "airflow"}


@pytest.mark.parametrize("verb", ["ls", "runs"])
def test_a_list_needs_nothing_that_computes(verb, tmp_path):
    assert not command(verb, "--store", tmp_path) & {"pydantic", "numpy", "pyarrow"}


@pytest.mark.parametrize(
    "module", ["config", "errors", "pipeline", "cli", "store", "models", "train", "ingest", "evaluate"]
)
def test_importing_a_module_does_no_heavy_work(module):
    assert not loaded(f"import pipeline_components.{module}") & {*HEAVY, "airflow"}


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
