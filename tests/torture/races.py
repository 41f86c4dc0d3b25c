"""Many processes at once: publishers, a collector, a reader of what is served while its writers are killed."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store
from pipeline_components.store.check import check_files
from pipeline_components.store.pins import pin
from tests.kits.store import chain, produce, recipe
from tests.torture.tracing import ROOT, Figures, harm

PROCESSES = 8


def start(action: str, root: Path, *arguments: str) -> subprocess.Popen[str]:
    """The worker, in a process of its own."""
    command = [sys.executable, "-S", "-B", "-m", "tests.torture.worker", action, str(root), *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@contextmanager
def running(action: str, root: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The worker, killed at the end if it still lives."""
    process = start(action, root, *arguments)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def publishers(root: Path) -> Figures:
    """Eight processes, fifty publishes each, of overlapping recipes: one artifact per recipe, numbers without gap."""
    figures = Figures()
    made = _outputs(root, figures)
    figures.tried["publishes"] = len(made)
    keys = {key for _, is_made, key in made if is_made}
    artifacts = Store(root).artifacts()
    figures.tried["artifacts"] = len(artifacts)
    if sum(is_made for _, is_made, _ in made) != len(artifacts) or len(keys) != len(artifacts):
        figures.wrong.append(f"{len(artifacts)} artifacts of {len(keys)} recipes")
    if {key: name for name, _, key in made} != {each.manifest.key: each.id for each in artifacts}:
        figures.wrong.append("an update was lost: not every process found the artifact of its recipe")
    for component in ("train", "export"):
        numbers = [each.number for each in artifacts if each.component == component]
        if numbers != list(range(1, len(numbers) + 1)):
            figures.wrong.append(f"{component} numbers {numbers}")
    figures.wrong += harm(root)
    return figures


def collecting(root: Path) -> Figures:
    """The same while a collector that keeps nothing runs without pause: all that can be reached stays."""
    figures, store = Figures(), Store(root)
    pinned = chain(store, epochs=1)
    pin(root, pinned["export"].id)
    served = produce(
        store, recipe("export", inputs={"model": produce(store, recipe(seed=3)).artifact}, kind=1)
    ).artifact
    ServedModel(root, MODEL_NAME).push(served, who="torture")
    with running("collect_forever", root) as collector:
        made = _outputs(root, figures)
        collector.kill()
        figures.tried["collections"] = (collector.stdout.read() if collector.stdout else "").count("collected")
    figures.tried["publishes"] = len(made)
    for each in [*(artifact.id for artifact in pinned.values()), served.id]:
        if not (root / each / "artifact.json").exists():
            figures.wrong.append(f"{each} was collected")
    Store(root).write_run("run__1", {})
    numbers = [int(name.partition("/")[2]) for name, is_made, _ in made if is_made and name.startswith("train/")]
    if len(numbers) != len(set(numbers)):
        figures.wrong.append("a number was given twice")
    figures.wrong += harm(root)
    return figures


def _outputs(root: Path, figures: Figures) -> list[tuple[str, bool, str]]:
    processes = [start("race", root, str(seed)) for seed in range(PROCESSES)]
    found = []
    for process in processes:
        said, wrong = process.communicate(timeout=600)
        figures.wrong += [wrong.strip()[-300:]] if process.returncode else []
        found += [line.split() for line in said.splitlines()]
    return [(name, is_made == "1", key) for name, is_made, key in found]


def reader(root: Path, changes: int = 100, seed: int = 0) -> Figures:
    """Poll what is served during pushes and rollbacks, some killed midway: always whole, and never an older number."""
    figures, chance, store = Figures(), random.Random(seed), Store(root)
    for epochs in range(1, 5):
        chain(store, epochs)
    serving, newest = ServedModel(root, MODEL_NAME), 0
    while not serving.numbers() or serving.numbers()[-1] < changes:
        with running("serve_forever", root, str(chance.random())[2:]) as writer:
            before, until = len(serving.numbers()), None
            while writer.poll() is None and (until is None or time.monotonic() < until):
                newest = _look(serving, newest, figures)
                if until is None and len(serving.numbers()) > before:
                    until = time.monotonic() + chance.uniform(0.0, 0.2)
            figures.tried["kills"] += writer.poll() is None
            os.kill(writer.pid, signal.SIGKILL)
    figures.tried["versions"] = serving.numbers()[-1]
    figures.wrong += harm(root)
    return figures


def _look(serving: ServedModel, newest: int, figures: Figures) -> int:
    version = serving.current()
    if version is None:
        return newest
    figures.tried["looks"] += 1
    figures.wrong += [
        str(each) for each in check_files(version.path, version.files, str(version.number), {"version.json"})
    ]
    if version.number < newest:
        figures.wrong.append(f"version {version.number} seen after {newest}")
    return version.number


def runs(root: Path, kills: int = 200, seed: int = 0) -> Figures:
    """A run of six light components, killed at random moments: the next one completes and reuses what was finished."""
    figures, chance, store = Figures(), random.Random(seed), Store(root)
    for number in range(kills):
        with running("chain", root, str(number), "0.05") as process:
            time.sleep(chance.uniform(0.05, 0.5))
            figures.tried["killed"] += process.poll() is None
        figures.wrong += [f"kill {number}: {each}" for each in harm(root)]
        finished = {each.id for each in store.artifacts()}
        figures.tried["finished steps kept"] += len(finished)
        with running("chain", root, str(number)) as process:
            _, wrong = process.communicate(timeout=120)
        figures.wrong += [f"kill {number}, next run: {wrong[-300:]}"] if process.returncode else []
        figures.wrong += [f"kill {number}: {path} is left" for path in root.rglob(".draft-*")]
        counts = {name: len(store.summaries(name)) for name in ("ingest", "preprocess", "evaluate", "train", "export")}
        if counts != {"ingest": 1, "preprocess": 1, "evaluate": number + 1, "train": number + 1, "export": number + 1}:
            figures.wrong.append(f"kill {number}: made again what was finished: {counts}")
    figures.tried.pop("finished steps kept")
    return figures
