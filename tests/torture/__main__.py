"""Every check in full, and one table of figures: `make torture`. As many run at once as there are cores."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.torture import chains, disks, races, tracing
from tests.torture.tracing import Figures

LOT = 50  # kills of `digits run` on one store
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # where an fsync costs nothing


def checks(folder: Path, options: argparse.Namespace) -> dict[str, tuple[str, list[Callable[[], Figures]]]]:
    """Promise → why it cannot be checked here, or nothing; and the check, in parts that know nothing of each other."""
    traced = tracing.lacking()
    base = folder / "base"
    if not traced:
        tracing.prepare(base)
    every, lots = options.every, range(0, options.digits, LOT)
    return {
        "digits run killed at random": (
            "",
            [partial(chains.runs, folder / f"digits-{n}", min(LOT, options.digits - n), seed=n) for n in lots],
        ),
        "EIO, ENOSPC at each system call": (
            traced,
            [partial(tracing.refusals, base, folder / f"refused-{each}", (each,), every) for each in tracing.ACTIONS],
        ),
        "killed at each system call": (
            traced,
            [partial(tracing.kills, base, folder / f"killed-{each}", (each,), every) for each in tracing.ACTIONS],
        ),
        "order of fsync and rename": (traced, [partial(tracing.order, base, folder / "order")]),
        "disks of many sizes": (disks.lacking(), [partial(disks.full, folder / "mount")]),
        "bit rot": ("", [lambda: disks.rot(tracing.prepare(folder / "rot"), options.rot)]),
        "8 processes × 50 publishes": ("", [partial(races.publishers, folder / "race")]),
        "the same, gc without pause": ("", [partial(races.collecting, folder / "gc")]),
        "reader during pushes, rollbacks, kills": ("", [partial(races.reader, folder / "serving", options.changes)]),
        "light runs killed at random": ("", [partial(races.runs, folder / "runs", options.kills)]),
        "model-based examples": ("", [partial(chains.model, options.examples)]),
    }


def timed(check: Callable[[], Figures]) -> tuple[Figures, float]:
    """What came of a check, and its seconds."""
    started = time.monotonic()
    return check(), time.monotonic() - started


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--only", default="", help="part of a check's name")
    parser.add_argument("--every", type=int, default=1, help="of the system calls, only every so many")
    parser.add_argument("--rot", type=int, default=500)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--kills", type=int, default=200, help="of runs with light components")
    parser.add_argument("--digits", type=int, default=200, help="kills of `digits run` itself, some seconds each")
    parser.add_argument("--examples", type=int, default=1000)
    options = parser.parse_args()
    wrong = 0
    with (
        tempfile.TemporaryDirectory(prefix="digits-torture-", dir=IN_MEMORY) as folder,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        chosen = {name: each for name, each in checks(Path(folder), options).items() if options.only in name}
        begun = {name: [pool.submit(timed, part) for part in parts] for name, (why, parts) in chosen.items() if not why}
        print(f"| {'check':39} | {'tried':78} | wrong | seconds |\n|{'-' * 41}|{'-' * 80}|------:|--------:|")
        for name, (lacking, _) in chosen.items():
            figures, seconds = Figures(), 0.0
            for part in begun.get(name, []):
                found, took = part.result()
                figures.tried.update(found.tried)
                figures.wrong += found.wrong
                seconds += took
            tried = ", ".join(f"{n} {what}" for what, n in figures.tried.items() if n)
            said = f"skipped: {lacking}" if lacking else tried
            print(f"| {name:39} | {said:78} | {len(figures.wrong):5} | {seconds:7.0f} |", flush=True)
            for each in figures.wrong[:10]:
                print(f"  {each}", file=sys.stderr)
            wrong += len(figures.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main())
