"""Every check in full, and one table of figures: `make torture`, a few minutes on two idle cores."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.torture import chains, disks, races, tracing
from tests.torture.tracing import Figures

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # where an fsync costs nothing


def checks(folder: Path, options: argparse.Namespace) -> dict[str, tuple[str, Callable[[], Figures]]]:
    """Promise → why it cannot be checked here, or nothing; and the check."""
    lacking = tracing.lacking()
    base, scratch = folder / "base", folder / "scratch"
    if not lacking:
        tracing.prepare(base)
    every = options.every
    found = {
        "order of fsync and rename": (lacking, lambda: tracing.order(base, scratch)),
        "killed at each system call": (lacking, lambda: tracing.kills(base, scratch, every=every)),
        "EIO, ENOSPC at each system call": (lacking, lambda: tracing.refusals(base, scratch, every=every)),
        "disks of many sizes": (disks.lacking(), lambda: disks.full(folder / "mount")),
        "bit rot": ("", lambda: disks.rot(tracing.prepare(folder / "rot"), options.rot)),
        "8 processes × 50 publishes": ("", lambda: races.publishers(folder / "race")),
        "the same, gc without pause": ("", lambda: races.collecting(folder / "gc")),
        "reader during pushes, rollbacks, kills": ("", lambda: races.reader(folder / "serving", options.changes)),
        "light runs killed at random": ("", lambda: races.runs(folder / "runs", options.kills)),
        "digits run killed at random": ("", lambda: chains.runs(folder / "digits", options.digits)),
        "model-based examples": ("", lambda: chains.model(options.examples)),
    }
    return {name: each for name, each in found.items() if options.only in name}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--only", default="", help="part of a check's name")
    parser.add_argument("--every", type=int, default=1, help="of the system calls, only every so many")
    parser.add_argument("--rot", type=int, default=500)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--kills", type=int, default=200, help="of runs with light components")
    parser.add_argument("--digits", type=int, default=20, help="of `digits run` itself, some ten seconds each")
    parser.add_argument("--examples", type=int, default=1000)
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="digits-torture-", dir=IN_MEMORY) as folder:
        print(f"| {'check':39} | {'tried':78} | wrong | seconds |\n|{'-' * 41}|{'-' * 80}|------:|--------:|")
        for name, (lacking, check) in checks(Path(folder), options).items():
            started = time.monotonic()
            figures = Figures(wrong=[]) if lacking else check()
            tried = (
                f"skipped: {lacking}" if lacking else ", ".join(f"{n} {what}" for what, n in figures.tried.items() if n)
            )
            print(
                f"| {name:39} | {tried:78} | {len(figures.wrong):5} | {time.monotonic() - started:7.0f} |", flush=True
            )
            for each in figures.wrong[:10]:
                print(f"  {each}", file=sys.stderr)
            wrong += len(figures.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main())
