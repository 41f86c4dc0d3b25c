"""Measure a run that finds everything made: `digits run`, and the tasks of the DAG in a live Airflow.

python -m tests.bench.again [--runs N]
"""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from subprocess import DEVNULL, run

from rich.console import Console
from rich.table import Table

from pipeline_components.local_airflow.home import Home
from tests.kits.airflow import Place

SAMPLE = {"dataset": "mnist_sample"}


def command(store: Path, runs: int) -> list[float]:
    """Seconds of the whole process, from its start to its end; the first run, which makes everything, not counted."""
    found = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        digits = [sys.executable, "-m", "pipeline_components", "run", "--dataset", "mnist_sample"]
        run([*digits, "--store", store], check=True, stdout=DEVNULL, stderr=DEVNULL)
        found.append(time.perf_counter() - started)
    return found[1:]


def slowest_tasks(folder: Path, runs: int) -> list[float]:
    """Own seconds of each run's slowest task, as Airflow records them."""
    images = folder / "images"
    images.mkdir()
    served = Place(Home.at(folder / "airflow"), folder / "store", images).up()
    try:
        served.finish(served.airflow.trigger(SAMPLE))
        found = []
        for _ in range(runs):
            run_id = served.airflow.trigger(SAMPLE)
            if served.finish(run_id)["state"] != "success":
                raise RuntimeError(f"{run_id} failed")
            found.append(max(served.seconds(run_id).values()))
        return found
    finally:
        served.interrupt(signal.SIGTERM)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.again", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="of each, after the one that makes everything")
    options = parser.parse_args(arguments)
    table = Table("", "seconds", "goal", title=f"The same again, all found (medians of {options.runs})")
    with tempfile.TemporaryDirectory() as scratch:
        own = command(Path(scratch) / "command", options.runs)
        table.add_row("digits run, the whole process", f"{median(own):.2f}", "≤ 3")
        slowest = slowest_tasks(Path(scratch), options.runs)
        table.add_row("Airflow, the slowest task of a run", f"{median(slowest):.2f}", "≤ 1")
    Console().print(table)


if __name__ == "__main__":
    main()
