"""The pages over a store of 10,000 artifacts and as many runs: what each costs, and what memory 2,000 requests cost.

    python -m tests.bench.pages [--artifacts 10000] [--turns 15] [--requests 2000]

The pages are those of `digits ui`, in a process of its own, asked over HTTP one request at a time.
"""

import argparse
import itertools
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from pipeline_components.store import Recipe, Store
from pipeline_components.store.seal import seal
from tests.bench.growth import IN_MEMORY, put, seconds
from tests.kits.pages import filled
from tests.kits.store import LIBRARIES, SOURCE

MOST_MS = 300
FIRST = 1001  # the number of the first artifact that is put beside those that have something to show
PAGES = {
    "history": "/",
    "a run": "/runs/run__1",
    "all artifacts": "/artifacts",
    "all artifacts, searched": "/artifacts?q=train+0.97&sort=size",
    "an artifact": "/artifacts/evaluate/1",
    "lineage": "/artifacts/export/1/lineage",
    "a comparison": "/compare?one=evaluate/1&other=evaluate/2",
    "served": "/served",
    "health": "/health",
}


def build(root: Path, artifacts: int) -> Store:
    """A store with something to see in every page, and so many artifacts and runs beside."""
    store = filled(root)
    for number in range(FIRST, FIRST + artifacts // 2):
        model = put(root, Recipe("train", {"seed": number}, {}, SOURCE, LIBRARIES), number, {})
        inputs = {"model": {"id": model.id, "digest": model.digest, "content": model.content}}
        put(root, Recipe("export", {"seed": number}, {}, SOURCE, LIBRARIES), number, inputs)
    for number in range(artifacts):
        step = {"id": f"train/{FIRST + number // 2}", "hit": False, "elapsed_s": 1.0}
        body = {"format": 1, "run_id": f"many__{number:07}", "steps": {"train": step}, "verdict": "blessed"}
        (root / "runs" / f"many__{number:07}.json").write_bytes(seal(body))
    return store


@contextmanager
def served(root: Path) -> Iterator[tuple[str, int]]:
    """The address and the process id of `digits ui` on that store."""
    command = [sys.executable, "-m", "pipeline_components", "ui", "--port", "0", "--store", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().split()[-1].rstrip("/"), process.pid
        process.terminate()


def resident_mib(pid: int) -> float:
    """The memory that a process holds."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def ask(url: str) -> None:
    """Read one page whole; raises HTTPError unless it is answered well."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        answer.read()


def tables(url: str, pid: int, turns: int, requests: int) -> Iterator[Table]:
    """The median of each page; then the memory after the first requests, and after so many more."""
    table = Table("page", "ms", "goal", title=f"Pages (medians of {turns})")
    for name, path in PAGES.items():
        ask(url + path)
        taken_s = median(seconds(lambda: ask(url + path)) for _ in range(turns))  # noqa: B023
        table.add_row(name, f"{taken_s * 1000:.0f}", f"≤ {MOST_MS}")
    yield table
    every = itertools.cycle(PAGES.values())
    memory = [resident_mib(pid)]
    for _ in range(2):
        for path in itertools.islice(every, requests // 2):
            ask(url + path)
        memory.append(resident_mib(pid))
    counts = (0, requests // 2, requests)
    table = Table("MiB", *(f"{count:,}" for count in counts), title="Memory after so many requests")
    table.add_row("resident", *(f"{each:.0f}" for each in memory))
    yield table


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pages", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--artifacts", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--requests", type=int, default=2_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="digits-pages-", dir=IN_MEMORY) as folder:
        root = Path(folder) / "store"
        build(root, options.artifacts)
        with served(root) as (url, pid):
            for table in tables(url, pid, options.turns, options.requests):
                Console().print(table)


if __name__ == "__main__":
    main()
