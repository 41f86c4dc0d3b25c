"""The store with 100 artifacts and with 100,000, and as many records of runs: what a step pays must not grow with them.

    python -m tests.bench.growth [--few 100] [--many 100000] [--turns 31] [--folder FOLDER]

The stores are written by hand, half of each models and half exports of these, in a minute; they lie in memory, where
nothing but the store's own work counts, or in `--folder`. The whole takes three minutes.
"""

import argparse
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from pipeline_components.browse.lineage import lineage_of
from pipeline_components.store import Manifest, Recipe, Store
from pipeline_components.store.gc import Policy, collect
from pipeline_components.store.seal import seal
from tests.kits.store import LIBRARIES, SOURCE, produce, recipe

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
MOST = 1.5


def build(root: Path, count: int) -> Store:
    """A store of so many artifacts and so many records, each as the store itself would have written it."""
    for number in range(1, count // 2 + 1):
        model = put(root, Recipe("train", {"seed": number}, {}, SOURCE, LIBRARIES), number, {})
        inputs = {"model": {"id": model.id, "digest": model.digest, "content": model.content}}
        put(root, Recipe("export", {"seed": number}, {}, SOURCE, LIBRARIES), number, inputs)
    (root / "runs").mkdir()
    for number in range(1, count + 1):
        step = {"id": f"train/{(number + 1) // 2}", "hit": False, "elapsed_s": 1.0}
        body = {"format": 1, "run_id": f"run__{number:07}", "steps": {"train": step}, "verdict": "blessed"}
        (root / "runs" / f"run__{number:07}.json").write_bytes(seal(body))
    os.sync()
    return Store(root)


def put(root: Path, of: Recipe, number: int, inputs: dict[str, dict[str, str]]) -> Manifest:
    """One artifact of one small file."""
    folder, raw = root / of.component / str(number), f"{of.component} {number}".encode()
    folder.mkdir(parents=True)
    (folder / "model.txt").write_bytes(raw)
    manifest = manifest_of(of, number, inputs)
    (folder / "artifact.json").write_bytes(manifest.render())
    return manifest


def manifest_of(of: Recipe, number: int, inputs: dict[str, dict[str, str]]) -> Manifest:
    """The manifest of an artifact of one small file."""
    raw = f"{of.component} {number}".encode()
    return Manifest(
        id=f"{of.component}/{number}",
        component=of.component,
        config=of.config,
        inputs=inputs,
        source=of.source,
        libraries=of.libraries,
        outside={},
        platform={"system": "linux"},
        facts={"accuracy": 0.97},
        files={"model.txt": {"size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}},
        made={"at": "2026-01-01T00:00:00.000000+00:00", "elapsed_s": 1.0, "host": "none", "run_id": f"run__{number}"},
    )


KNOWN = Recipe("train", {"seed": 1}, {}, SOURCE, LIBRARIES)
STEPS: dict[str, Callable[[Store, int], object]] = {
    "find, made before": lambda store, turn: store.find(KNOWN),
    "find, never made": lambda store, turn: store.find(recipe(turn=turn)),
    "hit": lambda store, turn: produce(store, KNOWN),
    "publish": lambda store, turn: produce(store, recipe(turn=turn)),
    "record a run": lambda store, turn: store.write_run(f"new__{turn}", {"verdict": "blessed"}),
    "the newest artifact": lambda store, turn: next(store.newest("train")),
    "the last run": lambda store, turn: store.last_run(),
}
WHOLE: dict[str, Callable[[Store], object]] = {
    "the index, made anew": lambda store: store.find(KNOWN),
    "ls, the first time": lambda store: store.summaries(),
    "ls": lambda store: store.summaries(),
    "runs, all": lambda store: store.runs(),
    "lineage": lambda store: lineage_of(store, "export/1"),
    "gc, dry": lambda store: collect(store.root, Policy()),
    "verify": lambda store: store.verify(),
}


def medians_ms(stores: Sequence[Store], call: Callable[[Store, int], object], turns: int) -> list[float]:
    """The median for each store; they take turns, so that whatever else the machine does touches all of them."""
    times = [[seconds(lambda: call(store, turn)) for store in stores] for turn in range(turns)]  # noqa: B023
    return [median(each) * 1000 for each in zip(*times, strict=True)]


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def tables(folder: Path, few: int, many: int, turns: int) -> tuple[Table, Table]:
    """What looking at all of the larger store takes; and what each step pays in both, with the ratio."""
    stores = build(folder / "few", few), build(folder / "many", many)
    taken = Table("seconds", f"{many:,}", "µs each", title="Looking at all artifacts and records")
    for name, look in WHOLE.items():
        look(stores[0])
        taken_s = seconds(lambda: look(stores[1]))  # noqa: B023
        taken.add_row(name, f"{taken_s:.2f}", f"{taken_s / many * 1e6:.0f}")
    paid = Table("ms", f"{few:,}", f"{many:,}", "ratio", "goal", title=f"What each step pays (medians of {turns})")
    for name, step in STEPS.items():
        small, large = medians_ms(stores, step, turns)
        paid.add_row(name, f"{small:.2f}", f"{large:.2f}", f"{large / small:.2f} ×", f"≤ {MOST} ×")
    return taken, paid


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--few", type=int, default=100)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=31)
    parser.add_argument("--folder", default=IN_MEMORY, help="where the stores are made (default: in memory)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="digits-growth-", dir=options.folder) as folder:
        for table in tables(Path(folder), options.few, options.many, options.turns):
            Console().print(table)


if __name__ == "__main__":
    main()
