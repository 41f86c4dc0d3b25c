"""The real `digits run`, killed at random moments; and the model-based test at length."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from pipeline_components.store import Store
from tests.store.test_model import StoreModel
from tests.torture.tracing import ROOT, Figures, harm

RUN = [
    sys.executable,
    "-m",
    "pipeline_components",
    "run",
    "--dataset",
    "mnist_sample",
    "--epochs",
    "1",
    "--accuracy-threshold",
    "0",
]

EVERYTHING = ("--force",)


def model(examples: int) -> Figures:
    """So many sequences of operations against the model in memory."""
    figures = Figures()
    figures.tried["examples"] = examples
    try:
        run_state_machine_as_test(StoreModel, settings=settings(StoreModel.TestCase.settings, max_examples=examples))
    except Exception as error:
        figures.wrong.append(str(error)[-500:])
    return figures


def runs(root: Path, kills: int, seed: int = 0) -> Figures:
    """Kill `digits run` with a new training seed each time; the next run completes and reuses what was finished.

    Every fourth one makes everything again, so that each component is met.
    """
    figures, chance, store = Figures(), random.Random(seed), Store(root)
    seconds = {EVERYTHING: _timed(root, 0, figures), (): _timed(root, 1, figures)}
    number = 1
    while figures.tried["killed"] < kills:
        number += 1
        force = EVERYTHING if number % 4 == 0 else ()
        process = _start(root, number, *force)
        try:
            process.wait(timeout=chance.uniform(0.0, seconds[force]))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            figures.tried["killed"] += 1
        process.communicate()
        figures.wrong += [f"kill {number}: {each}" for each in harm(root)]
        finished = {each.id for each in store.artifacts()}
        if number % 10 == 0 or figures.tried["killed"] == kills:  # an undisturbed run costs seconds
            _timed(root, number, figures)
            figures.wrong += [f"kill {number}: {path} is left" for path in root.rglob(".draft-*")]
            used = {step["id"] for step in store.runs()[-1]["steps"].values() if step["hit"]}
            fresh = {name for name in finished if store.artifact(name).manifest.config.get("seed") == number}
            figures.wrong += [f"kill {number}: {name} was made again" for name in fresh - used]
    figures.wrong += [f"in the end: {each}" for each in harm(root)]
    return figures


def _start(root: Path, seed: int, *force: str) -> subprocess.Popen[bytes]:
    command = [*RUN, "--seed", str(seed), "--store", str(root), *force]
    return subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def _timed(root: Path, seed: int, figures: Figures) -> float:
    started = time.monotonic()
    process = _start(root, seed)
    _, said = process.communicate()
    if process.returncode not in (0, 3):
        figures.wrong.append(f"seed {seed}: exit {process.returncode}: {said[-300:]!r}")
    figures.tried["undisturbed"] += 1
    return time.monotonic() - started
