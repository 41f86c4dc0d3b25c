"""Make the small store beside this file, with the code of commit c618de1: the last that wrote manifests of format 1.

    git worktree add ../old c618de1
    PYTHONPATH=../old python tests/store/old_store/make.py tests/store/old_store/store

Four chains of which two are collected, a list of inputs, two pushes and a rollback, a pin, a run's record.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

from pipeline_components.store.serving import Serving

from pipeline_components.store import Artifact, Recipe, Store, publish
from pipeline_components.store.gc import Policy, collect
from pipeline_components.store.pins import pin

SOURCE, LIBRARIES = {"pkg/train.py": "a" * 64}, {"numpy": "2.4"}
PLATFORM = {"system": "linux", "machine": "x86_64", "processor": "none", "python": "3.11.2"}
CHAIN = {"ingest": [], "preprocess": ["ingest"], "train": ["preprocess"], "evaluate": ["train"], "export": ["train"]}


def made(store: Store, component: str, inputs: dict[str, Any], **config: int) -> Artifact:
    def make(out: Path) -> dict[str, Any]:
        (out / "saved_model").mkdir()
        (out / "saved_model" / "weights.txt").write_text(f"{component} {config}\n")
        return {"accuracy": 0.97}

    return store.produce(Recipe(component, config, inputs, SOURCE, LIBRARIES), make, run_id="run__1").artifact


def chain(store: Store, epochs: int) -> dict[str, Artifact]:
    done: dict[str, Artifact] = {}
    for component, needs in CHAIN.items():
        config = {"epochs": epochs} if component in ("train", "export") else {}
        done[component] = made(store, component, {name: done[name] for name in needs}, **config)
    return done


def main(root: Path) -> None:
    publish.this_platform = lambda: PLATFORM
    store = Store(root)
    chains = [chain(store, epochs) for epochs in (1, 2, 3, 4)]
    made(store, "report", {"history": [each["evaluate"] for each in chains[::2]]})
    for each in chains[::2]:
        Serving(root).push(each["export"], who="anna", why=f"{each['evaluate'].id} blessed")
    Serving(root).rollback(who="bert", why="worse on sevens")
    pin(root, "report/1", "for the paper")
    store.write_run("run__1", {"steps": {name: {"id": each.id} for name, each in chains[0].items()}})
    collect(root, Policy(keep=0, days=0, runs=0, grace_hours=0), dry_run=False)
    for cache in (".locks", ".cache"):
        shutil.rmtree(root / cache, ignore_errors=True)
    print(*(each.id for each in store.artifacts()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
