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
    """Kill `digits run` at random moments, and start it again until it comes to its end: it makes nothing twice.

    Then the next training seed; every fourth of them begins by making everything again, so that each component is met.
    """
    figures, chance, store = Figures(), random.Random(seed), Store(root)
    _until(root, 0, None, figures)
    seconds = _until(root, 1, None, figures) or 0.0  # all but ingest and preprocess
    number = 2
    force: tuple[str, ...] = ()
    while not figures.wrong:  # a run that fails at once would never meet its kill
        enough = figures.tried["killed"] >= kills
        finished = {each.manifest.key for each in store.artifacts()}
        if _until(root, number, None if enough else chance.uniform(0.0, seconds), figures, *force) is None:
            force = ()
            continue
        made = [store.artifact(step["id"]) for step in store.runs()[-1]["steps"].values() if not step["hit"]]
        twice = [each.id for each in made if each.manifest.key in finished and not force]
        left = [str(path) for path in root.rglob(".draft-*")]
        figures.wrong += [f"seed {number}: {each} was made again" for each in twice]
        figures.wrong += [f"seed {number}: {each} is left" for each in left]
        if enough:
            break
        number += 1
        force = EVERYTHING if number % 4 == 0 else ()
    return figures


def _until(root: Path, seed: int, killed_after_s: float | None, figures: Figures, *force: str) -> float | None:
    """Run to the end, and give its seconds; or to the moment of the kill, and give nothing."""
    command = [*RUN, "--seed", str(seed), "--store", str(root), *force]
    started = time.monotonic()
    process = subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _, said = process.communicate(timeout=killed_after_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        figures.tried["killed"] += 1
        figures.wrong += [f"seed {seed}, killed after {killed_after_s:.2f} s: {each}" for each in harm(root)]
        return None
    seconds = time.monotonic() - started
    figures.tried["came to the end"] += 1
    if process.returncode not in (0, 3):
        figures.wrong.append(f"seed {seed}: exit {process.returncode}: {said[-300:]!r}")
    figures.wrong += [f"seed {seed}: {each}" for each in harm(root)]
    return seconds
