"""Runs that are stopped at random moments while something else is served: no stale verdict is ever acted upon."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store
from tests.conftest import ROOT, Digits
from tests.kits.numbered import misjudged

RUN = ("--dataset", "mnist_sample", "--epochs", "1", "--accuracy-threshold", "0")
LAX = ("--champion-alpha", "0.0001", "--class-margin", "1", "--loss-margin", "9")
ROUNDS = 3


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_runs_stopped_at_random_serve_only_what_was_judged_against_what_it_replaced(tmp_path):
    digits, chance = Digits(tmp_path / "store"), random.Random(0)
    store, serving = Store(digits.store), ServedModel(digits.store, MODEL_NAME)
    for seed in (100, 101):
        digits("run", *RUN, *LAX, "--seed", str(seed))
    seconds = digits.json("run", *RUN, *LAX, "--seed", "102")["elapsed_s"]
    again = 0
    for seed in range(ROUNDS):
        process = started(digits, seed)
        stop(process, store, after="evaluate", wait_s=chance.uniform(0, seconds / 4))
        others = [each.number for each in serving.versions() if each.content != serving.current().content]
        serving.rollback(chance.choice(others))
        process.send_signal(signal.SIGCONT)
        said = process.communicate(timeout=600)[1]
        assert process.returncode in (0, 3), said
        record = store.runs()[-1]
        again += len(record["judged_again"])
        assert misjudged(store) == [], f"round {seed}"
        assert (process.returncode == 0) == (record["verdict"] == "blessed")
    assert again > 0 and store.verify() == []


def started(digits: Digits, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pipeline_components", "run", *RUN, *LAX, "--seed", str(seed)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DIGITS_")}
    environment = clean | {"DIGITS_STORE": str(digits.store), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def stop(process: subprocess.Popen[str], store: Store, after: str, wait_s: float) -> None:
    """Stop it some time after its artifact of that component is there, if it has not come to its end by then."""
    newest = next(store.newest(after)).number
    while process.poll() is None and next(store.newest(after)).number == newest:
        time.sleep(0.02)
    time.sleep(wait_s)
    process.send_signal(signal.SIGSTOP)
