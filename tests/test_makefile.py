"""Every target of the Makefile: what it runs, and what tries that. A new or changed one fails until it stands here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE)
LOCAL_AIRFLOW = "python -m pipeline_components.commands.local_airflow"
PYTEST = "python -m pytest --numprocesses 2"
CHECKS = (
    "ruff check .",
    "ruff check --quiet --preview --select AIR dags",
    "ruff format --check .",
    "mypy",
    "lint-imports",
)

# Target → the programs of .venv/bin that it runs, and who runs them: a test, or every change by .ci/run.
RUNS = {
    "setup": ((), ".ci/run: make lint"),
    "run": ((f"{LOCAL_AIRFLOW} run",), "tests/test_readme.py: test_make_run_retrains_in_a_fresh_copy"),
    "up": ((f"{LOCAL_AIRFLOW} up",), "tests/e2e/test_stop.py: test_address_and_login_are_said_and_kept_private"),
    "status": (
        (f"{LOCAL_AIRFLOW} status",),
        "tests/e2e/test_stop.py: test_address_and_login_are_said_and_kept_private",
    ),
    "stop": ((f"{LOCAL_AIRFLOW} stop",), "tests/e2e/test_stop.py: test_up_is_stopped_from_another_terminal"),
    "test": ((PYTEST,), ".ci/run: make test"),
    "coverage": ((f"{PYTEST} --cov --cov-report=term",), "tests/test_makefile.py: test_too_little_coverage_fails"),
    "bench": (("python -m tests.bench",), "tests/bench/test_bench.py: test_both_sides_of_the_training_benchmark_run"),
    "torture": (("python -m tests.torture",), "tests/test_makefile.py: test_torture_says_its_figures"),
    "image": ((), "tests/docker/test_cluster.py: test_serving_is_small_and_neither_image_holds_a_secret_or_an_index"),
    "secrets": (
        (),
        "tests/docker/test_files.py: test_secrets_are_the_owners_alone_differ_and_are_never_written_over",
    ),
    "cluster": (
        ("docker-compose --file docker/compose.yaml up --detach --wait",),
        "tests/docker/test_cluster.py: test_a_retraining_spreads_over_hosts_and_its_model_is_served",
    ),
    "lint": (CHECKS, ".ci/run: make lint"),
    "clean": ((), "tests/test_makefile.py: test_clean_leaves_artifacts"),
    "help": ((), "tests/test_makefile.py: test_help_names_every_target"),
    "lock": (
        ("uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "
         "--all-extras pyproject.toml -o requirements.lock",
         "sed -n 's/^tensorflow==\\([^ ]*\\).*/tensorflow-cpu==\\1/p' requirements.lock "
         "| venv/bin/uv pip compile --quiet --no-deps --universal --python-version 3.11 --generate-hashes "
         "--no-header --no-annotate - -o docker/serving.lock"),
        None,  # it asks package registries for what is newest
    ),
}  # fmt: skip
TAKE_ARGUMENTS = {"run", "up", "status", "stop", "test", "coverage", "bench", "torture", "cluster"}


def make(*arguments: str, folder: Path = ROOT) -> str:
    """What make prints, with none of the variables of a make that runs these tests."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "-f", ROOT / "Makefile", *arguments]
    return subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=True).stdout


def test_every_target_stands_here():
    assert sorted(TARGETS) == sorted(RUNS)
    assert {"help", *TARGETS} == set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split())


@pytest.mark.parametrize("target", RUNS)
def test_a_target_runs_what_stands_here(target):
    dry = make("--dry-run", "--old-file=venv/.done", "VENV=venv", "ARGS=--some 1", target).replace("\\\n", " ")
    ran = tuple(" ".join(line.split()).removeprefix("venv/bin/") for line in dry.splitlines() if "venv/bin/" in line)
    given = " --some 1" if target in TAKE_ARGUMENTS else ""
    assert ran == tuple(f"{program}{given}" for program in RUNS[target][0])


@pytest.mark.parametrize("target", [target for target, (_, tried) in RUNS.items() if tried])
def test_what_is_said_to_try_it_is_there(target):
    file, _, what = RUNS[target][1].partition(": ")
    assert re.search(rf"^(def )?{what}", (ROOT / file).read_text(), re.MULTILINE)


def test_help_names_every_target():
    assert [line.split()[:2] for line in make("help").splitlines()] == [["make", target] for target in TARGETS]


def test_clean_leaves_artifacts(tmp_path):
    made = [".venv", ".airflow", ".pytest_cache", ".hypothesis", "digits.egg-info", ".mypy_cache", ".ruff_cache"]
    for name in [*made, "artifacts"]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    (tmp_path / ".coverage.1").touch()
    make("clean", folder=tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["artifacts", "file"]


def test_too_little_coverage_fails(tmp_path):
    one = ["-n0", "-p", "no:cacheprovider", "tests/stats/test_wilson.py", "-k", "newcombe"]
    command = [sys.executable, *RUNS["coverage"][0][0].split()[1:], *one]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    clean["COVERAGE_FILE"] = str(tmp_path / "coverage")
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)
    assert "4 passed" in done.stdout, done.stdout + done.stderr
    assert "Required test coverage of 90.0% not reached" in done.stdout
    assert done.returncode == 1


def test_torture_says_its_figures():
    command = [sys.executable, *RUNS["torture"][0][0].split()[1:], "--only", "8 processes"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.search(r"^\| 8 processes × 50 publishes +\| 400 publishes, \d+ artifacts +\| +0 \|", done.stdout, re.M)
