"""What the README tells people to type works, in its order, as it stands there."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
EXIT_CODES = {"digits run --accuracy-threshold 0.9999": 3}
SERVER = "digits serve --port 8501"
SEVEN = "digits predict tests/seven.png"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


COMMANDS = [line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")]
DIGITS = [command for command in COMMANDS if command.startswith("digits ")]
MAKE = [command for command in COMMANDS if "make " in command]
CURL = [command for command in COMMANDS if command.startswith("curl ")]


@pytest.fixture
def shell(tmp_path):
    """Starts a command as the README's reader would: `digits` is this checkout's, the artifacts are this folder's."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "digits"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pipeline_components "$@"\n')
    command.chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DIGITS_", "MAKE"))}
    environment = clean | {"PYTHONPATH": str(ROOT), "PATH": f"{command.parent}:{os.environ['PATH']}"}

    def start(command: str, **changes: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=tmp_path,
            env=environment | changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def test_every_command_is_one_that_is_run_here():
    assert set(COMMANDS) == {*DIGITS, *MAKE, *CURL}
    assert len(DIGITS) >= 10
    assert {re.sub(r".*(make \w+).*", r"\1", command) for command in MAKE} == {
        f"make {target}" for target in ("run", "up", "test", "coverage", "lint", "bench", "torture", "cluster")
    }


def asked(shell, command: str) -> dict:
    """What a request of curl is answered; it waits for the server, which says its address before it answers."""
    if not shutil.which("curl"):
        pytest.skip("needs curl")
    stdout, stderr = shell(f"{command} --retry 20 --retry-connrefused").communicate(timeout=300)
    assert stdout, stderr
    return json.loads(stdout)


@pytest.mark.slow
def test_the_digits_commands_work_in_their_order(finished, tmp_path, shell):
    shutil.copytree(finished, tmp_path / "artifacts")
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "seven.png", tmp_path / "tests")
    for command in DIGITS:
        started = shell(command if command != SERVER else "digits serve --port 0")
        if command == SERVER:
            assert started.stdout is not None
            url = started.stdout.readline().strip()
            httpx.Client(transport=httpx.HTTPTransport(retries=5), timeout=120).get(f"{url}/health")
            state, answer = (asked(shell, each.replace("localhost:8501", url)) for each in CURL)
            assert state["model_version_status"][0]["state"] == "AVAILABLE"
            assert [each["digit"] for each in answer["predictions"]] == [7]
            started.send_signal(signal.SIGTERM)
        stdout, stderr = started.communicate(timeout=300)
        assert started.returncode == EXIT_CODES.get(command, 0), f"{command}\n{stderr}"
        assert stdout.strip() or command == SERVER, command
        if command == SEVEN:
            assert stdout.splitlines()[1].split()[0] == "7"
        if command == SERVER:
            assert "TensorFlow" not in stderr and "cuda" not in stderr, stderr


@pytest.mark.slow
def test_the_python_example_prints_what_it_says(shell):
    code, *_ = blocks("python")
    said = re.search(r"# (\d+ \d+ \d+)$", code, re.MULTILINE)
    stdout, stderr = shell(f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}").communicate(timeout=300)

    assert said
    assert (stdout, stderr) == (f"{said[1]}\n", "")


@pytest.mark.airflow
@pytest.mark.slow
def test_make_run_retrains_in_a_fresh_copy(tmp_path, shell):
    """The README's first command, by make, with the virtual environment of this process."""
    if not (Path(sys.prefix) / ".done").is_file():
        pytest.skip("needs the virtual environment that `make setup` makes")
    copy = tmp_path / "copy"
    left_out = (".git", ".venv", ".airflow", "artifacts", ".*_cache", "__pycache__", ".hypothesis", "*.egg-info")
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*left_out))
    arguments = "--dataset mnist_sample --epochs 4 --accuracy-threshold 0.5"
    make = f"make -C {copy} --old-file={sys.prefix}/.done VENV={sys.prefix}"
    refused = shell(f"{make} run ARGS='--epochs 0'", PYTHONPATH=str(copy))
    started = shell(f"{make} run ARGS={shlex.quote(arguments)}", PYTHONPATH=str(copy))
    stdout, stderr = started.communicate(timeout=500)

    assert started.returncode == 0, stdout[-3000:] + stderr[-3000:]
    assert "blessed" in stdout
    assert "digits/1" in stdout
    assert (copy / "artifacts" / "serving" / "digits" / "1" / "saved_model.pb").is_file()
    assert "epochs: '0' found" in refused.communicate(timeout=300)[1]
    assert refused.returncode == 2
