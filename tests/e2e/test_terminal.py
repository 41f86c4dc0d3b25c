"""The verbs in a real terminal of 80 and of 120 columns: nothing is broken inside a number, an id or a word."""

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store
from tests.conftest import ROOT
from tests.kits import components
from tests.kits.store import maker, recipe

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
RUN = "scheduled__2026-11-22T16:55:45.411969+00:00"
REASONS = [
    "accuracy: 857 of 1,000 right (0.8570), lower bound 0.8339 at 95% confidence, required ≥ 0.9999",
    "class recall: 10 of 10 classes below: lowest 2 (0.8300 of 1,000), 5 (0.8300 of 1,000), 3 (0.8700 of 1,000), "
    "required ≥ 0.9995",
]
VERBS = [
    "ls",
    "ls evaluate",
    "runs",
    "show export/1",
    "show evaluate",
    "diff evaluate/1 evaluate/2",
    "diff evaluate/1 evaluate/2 --details",
    "versions",
    "lineage export/1",
    "explain --dataset mnist_sample --epochs 4",
    "verify",
    "gc",
    "rollback",  # refused: no other model was ever served
    "ls --verdict accepted",
    f"run {' '.join(components.QUICK)}",
]


@pytest.fixture(scope="module")
def store(finished, tmp_path_factory) -> Path:
    """The finished store, with a refused run, an evaluation on other numbers, an artifact whose id is long."""
    root = tmp_path_factory.mktemp("terminal") / "artifacts"
    store = Store(shutil.copytree(finished, root, symlinks=True))
    first = store.artifact("evaluate/1")

    def make(out: Path) -> dict:
        for name in ("predictions.parquet", "confusion.parquet", "blessing.json"):
            shutil.copy(first.path / name, out / name)
        text = (first.path / "metrics.json").read_text()
        (out / "metrics.json").write_text(re.sub(r"0\.8\d+", "1.3437583940122e-58", text))
        return first.manifest.facts | {"loss": 1.3437583940122e-58, "reasons": REASONS}

    store.produce(recipe("evaluate", threshold=0.1234567890123), make, run_id=RUN)
    store.produce(recipe("hyperparameter_search"), maker("x", facts={"trials": 1234567890, "best": 0.98}))
    parameters = store.runs()[-1]["parameters"] | {"learning_rate": 0.00123456789, "force_bless": "the customer's demo"}
    record = {"parameters": parameters, "verdict": "refused", "reasons": REASONS, "accuracy": 0.857, "elapsed_s": 25.7}
    store.write_run(RUN, record | {"model": "train/1"})
    return root


def typed(store: Path, verb: str, columns: int) -> list[str]:
    """What a person at a terminal of so many columns sees of a verb: its lines, progress left out, styles taken off."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    keep = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    stderr = subprocess.DEVNULL if verb.startswith("run ") else slave
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline_components", *verb.split()],
        env=keep | {"DIGITS_STORE": str(store), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"},
        stdin=slave, stdout=slave, stderr=stderr,
    )  # fmt: skip
    os.close(slave)
    raw = b""
    try:
        while piece := os.read(master, 65536):
            raw += piece
    except OSError:
        pass  # the terminal's other end is closed
    os.close(master)
    process.wait()
    return ANSI.sub("", raw.decode()).replace("\r", "").splitlines()


def piped(store: Path, verb: str) -> str:
    """What a pipe gets, where nothing is wrapped."""
    command = [sys.executable, "-m", "pipeline_components", *verb.split(), "--store", str(store)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    return done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_no_line_is_broken_inside_a_word_number_or_id(store, verb):
    """A line that fits is not broken by the terminal; what is wrapped by us is the same words, each whole."""
    words = set(piped(store, verb).split())
    for columns in (80, 120):
        lines = typed(store, verb, columns)
        assert lines
        wide = [line for line in lines if len(line) > columns]
        assert [line for line in wide if len(line.split()) > 1 and not line.startswith("report")] == []
        seen = {word for line in lines for word in line.split() if re.search(r"\w", word)}
        timed = {word for word in seen - words if re.fullmatch(r"[\d.,:]+|run__\S+", word)}  # of another run
        assert seen - words - timed == set()


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 120])
def test_a_list_is_a_line_for_each_artifact_and_ids_are_whole(store, columns):
    artifacts = [each.id for each in Store(store).artifacts()]
    _, _, *lines = typed(store, "ls", columns)
    assert sorted(line.split()[0] for line in lines) == sorted(artifacts)
    assert any("SERVED NOW, version 1" in line for line in lines)
    _, _, *lines = typed(store, "runs", columns)
    assert {line.split()[0] for line in lines if line[0] != " "} == {each["run_id"] for each in Store(store).runs()}
    said = " ".join(" ".join(lines).split())
    assert all(reason in said for reason in REASONS) and "learning_rate 0.001235" in said


def test_the_store_is_as_the_tests_say(store):
    assert ServedModel(store, MODEL_NAME).current().number == 1
