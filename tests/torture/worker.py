"""A process to be killed, starved or raced: `python -S -B -m tests.torture.worker ACTION STORE [ARGUMENT]`.

Files are hashed by one thread here, so that the order of system calls is the same in every run.
"""

import random
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import ArtifactNotFound, DigitsError, StoreError
from pipeline_components.store import Artifact, Hit, ServedModel, Store, disk
from pipeline_components.store.gc import Policy, collect
from tests.kits.store import maker, produce, recipe

KEEP_NOTHING = Policy(keep=0, days=0, runs=0, grace_hours=0, versions=0)
STEPS = {
    "ingest": [],
    "preprocess": ["ingest"],
    "train": ["preprocess"],
    "evaluate": ["preprocess", "train"],
    "report": ["train", "evaluate"],
    "export": ["preprocess", "train", "evaluate"],
}


class Serial:
    """Stands in for a pool of threads."""

    def __init__(self, _threads: int) -> None: ...

    def __enter__(self) -> "Serial":
        return self

    def __exit__(self, *_: object) -> None: ...

    def map(self, function: Callable, values: Iterable) -> list:
        return [function(value) for value in values]


def publish(root: Path, epochs: str = "2") -> None:
    """train, of what the store has."""
    store = Store(root)
    made = store.artifact("preprocess/1")
    produce(store, recipe("train", inputs={"preprocess": made}, epochs=int(epochs)))


def push(root: Path, number: str = "3") -> None:
    ServedModel(root, MODEL_NAME).push(Store(root).artifact(f"export/{number}"), who="torture")


def rollback(root: Path) -> None:
    ServedModel(root, MODEL_NAME).rollback(who="torture")


def write_run(root: Path) -> None:
    Store(root).write_run("run__1", {"steps": {"train": {"id": "train/1"}}, "verdict": "blessed"})


def mend(root: Path) -> None:
    """Lose the index, and find what was made before."""
    shutil.rmtree(root / ".index", ignore_errors=True)
    store = Store(root)
    found = store.find(recipe("train", inputs={"preprocess": store.artifact("preprocess/1")}, epochs=1))
    if not isinstance(found, Hit):
        raise StoreError(f"{root}: {found.why}")


def gc(root: Path) -> None:
    collect(root, KEEP_NOTHING, dry_run=False)


def chain(root: Path, seed: str = "0", pause_s: str = "0") -> None:
    """A pipeline's run with six light components, a push and a record."""
    store = Store(root)
    made: dict[str, Artifact] = {}
    for component, needs in STEPS.items():
        config = {"seed": int(seed)} if component in ("train", "report", "export") else {}
        of = recipe(component, inputs={name: made[name] for name in needs}, **config)

        def make(out: Path, parts: tuple = (component, seed)) -> dict:
            facts = maker(*parts)(out)
            time.sleep(float(pause_s))
            return facts

        made[component] = store.produce(of, make).artifact
    ServedModel(root, MODEL_NAME).push(made["export"], who="torture")
    store.write_run(f"run__{seed}", {"steps": {name: {"id": each.id} for name, each in made.items()}})


def race(root: Path, seed: str) -> None:
    """Fifty publishes of recipes that other processes publish too; prints id, whether it was made, and key of each."""
    store, chance = Store(root), random.Random(int(seed))
    for _ in range(25):
        number = chance.randrange(40)
        while True:
            try:
                train = produce(store, recipe("train", seed=number // 2))
                made = produce(store, recipe("export", inputs={"model": train.artifact}, kind=number % 2))
                break
            except ArtifactNotFound:
                continue  # collected between the two: with no grace that is right, and the next try makes it again
        for each in (train, made):
            print(each.artifact.id, int(not each.hit), each.artifact.manifest.key, flush=True)


def collect_forever(root: Path) -> None:
    while True:
        gc(root)
        print("collected", flush=True)


def serve_forever(root: Path, seed: str) -> None:
    """Pushes and rollbacks without end."""
    chance, serving, store = random.Random(int(seed)), ServedModel(root, MODEL_NAME), Store(root)
    while True:
        if chance.random() < 0.3:
            try:
                serving.rollback(chance.choice([None, *serving.numbers()]), who="torture")
            except DigitsError:
                continue
        else:
            serving.push(store.artifact(f"export/{chance.randint(1, 4)}"), who="torture")


def main() -> int:
    action, root, *arguments = sys.argv[1:]
    disk.ThreadPoolExecutor = Serial  # type: ignore[misc,assignment]
    try:
        globals()[action](Path(root), *arguments)
    except DigitsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
