"""Measure this project against a plain Keras script of the same network, and a plain server of the same model.

    python -m tests.bench [--pairs N] [--only NAME] [--dataset mnist|mnist_sample] [--epochs N]

Each pair runs the plain script and ours one after the other, in processes of their own, so that whatever else the
machine does touches both; shown are medians over the pairs. Training: images per second between the call and the return
of `fit` (plain) and of the train component (ours, which validates each epoch and saves besides). Whole: wall time of
the plain script, its data preparation included, and of a cold `digits run` on a fresh store. Then `networks`, `again`,
`growth`, `serving`, `pages`, `bucket` and `size`, modules of their own. About an hour for five pairs on two cores.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from pipeline_components import quiet
from pipeline_components.errors import DigitsError
from tests.bench import again, bucket, growth, networks, pages, serving, size

HERE = Path(__file__).parent
CHOICES = ["training", "whole", "networks", "again", "growth", "serving", "pages", "bucket", "size"]


#: A small process that starts the one to be measured: on Linux the peak memory of a process begins at its parent's.
LAUNCHER = """
import os, sys
told, program, *arguments = sys.argv[1:]
_, status, usage = os.wait4(os.spawnv(os.P_NOWAIT, program, [program, *arguments]), 0)
os.write(int(told), str(usage.ru_maxrss).encode())
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True)
class Measured:
    """One process: its wall time, its peak memory, and the last line of its standard output."""

    wall_s: float
    peak_mib: float
    last_line: str

    @property
    def images_per_s(self) -> float:
        """Images per second, from the JSON that plain.py and ours.py print."""
        said = json.loads(self.last_line)
        return float(said["images"] / said["elapsed_s"])


def measured(*command: str | Path) -> Measured:
    """Run a Python process to its end; raises RuntimeError with its last words when it fails."""
    with (
        tempfile.TemporaryFile("w+") as stdout,
        tempfile.TemporaryFile("w+") as stderr,
        tempfile.TemporaryFile("w+") as told,
    ):
        launcher = [sys.executable, "-S", "-c", LAUNCHER, str(told.fileno()), sys.executable, *command]
        started = time.perf_counter()
        ended = subprocess.run(launcher, stdout=stdout, stderr=stderr, pass_fds=[told.fileno()], check=False)
        wall_s = time.perf_counter() - started
        for file in (stdout, stderr, told):
            file.seek(0)
        if ended.returncode:
            raise RuntimeError(f"{command} ended with {ended.returncode}:\n{stderr.read()[-3000:]}")
        return Measured(wall_s, int(told.read()) / 1024, (stdout.read().strip().splitlines() or [""])[-1])


def manual_dir() -> Path | None:
    """Where MNIST's files are, if they are."""
    folder = os.environ.get("DIGITS_MANUAL_DIR")
    return Path(folder) if folder else None


def preprocessed(options: argparse.Namespace, scratch: Path) -> Path:
    """The dataset as a preprocess artifact."""
    quiet.import_tensorflow()
    from pipeline_components.ingest import IngestConfig, ingest
    from pipeline_components.preprocess import PreprocessConfig, preprocess

    for folder in ("ingest", "preprocess"):
        (scratch / folder).mkdir()
    ingest(out=scratch / "ingest", config=IngestConfig(dataset=options.dataset), manual_dir=options.manual_dir)
    preprocess(scratch / "ingest", out=scratch / "preprocess", config=PreprocessConfig())
    return scratch / "preprocess"


def training_pairs(options: argparse.Namespace, scratch: Path) -> list[tuple[Measured, Measured]]:
    """Plain and ours, data prepared before the clock starts."""
    examples, pairs = preprocessed(options, scratch), []
    for pair in range(options.pairs):
        plain = measured(HERE / "plain.py", scratch / "plain", *arguments(options))
        ours = measured("-m", "tests.bench.ours", examples, scratch / f"ours-{pair}", str(options.epochs))
        pairs.append((plain, ours))
    return pairs


def whole_pairs(options: argparse.Namespace, scratch: Path) -> list[tuple[Measured, Measured]]:
    """The whole plain script, and a cold run of the chain; each with folders of its own that nothing was made in."""
    pairs = []
    for pair in range(options.pairs):
        plain = measured(HERE / "plain.py", scratch / f"plain-{pair}", *arguments(options))
        run = ("-m", "pipeline_components", "run", "--store", scratch / f"store-{pair}")
        pairs.append((plain, measured(*run, *arguments(options))))
    return pairs


def arguments(options: argparse.Namespace) -> list[str]:
    """What both sides are told."""
    manual_dir = [] if options.manual_dir is None else ["--manual-dir", str(options.manual_dir)]
    return ["--dataset", options.dataset, "--epochs", str(options.epochs), *manual_dir]


def training_table(pairs: list[tuple[Measured, Measured]]) -> Table:
    """Images per second."""
    plain, ours = (median(side.images_per_s for side in sides) for sides in zip(*pairs, strict=True))
    table = side_by_side("Training, images per second: more is better", pairs)
    table.add_row("images/s", f"{plain:,.0f}", f"{ours:,.0f}", f"{ours / plain:.2f} ×", "≥ 3 ×")
    return with_memory(table, pairs)


def whole_table(pairs: list[tuple[Measured, Measured]]) -> Table:
    """Wall time from nothing to a model."""
    plain, ours = (median(side.wall_s for side in sides) for sides in zip(*pairs, strict=True))
    table = side_by_side("Whole, from the dataset's files to the model: less is better", pairs)
    table.add_row("wall time", f"{plain:.1f} s", f"{ours:.1f} s", f"{ours / plain:.2f} ×", "≤ 0.7 ×")
    return with_memory(table, pairs)


def side_by_side(title: str, pairs: list[tuple[Measured, Measured]]) -> Table:
    """An empty table with the columns that both have."""
    table = Table("", "plain Keras script", "this project", "ratio", "goal", title=f"{title} (medians of {len(pairs)})")
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def with_memory(table: Table, pairs: list[tuple[Measured, Measured]]) -> Table:
    """The table, with the peak memory of each process below."""
    plain, ours = (median(side.peak_mib for side in sides) for sides in zip(*pairs, strict=True))
    table.add_row("peak memory", f"{plain:,.0f} MiB", f"{ours:,.0f} MiB", f"{ours / plain:.2f} ×", "≤ 1,536 MiB")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5, help="how often each side runs (default 5)")
    parser.add_argument("--only", choices=CHOICES, help="one of them")
    parser.add_argument("--dataset", default="mnist", choices=["mnist", "mnist_sample"])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--manual-dir", type=Path, default=manual_dir())
    options = parser.parse_args()
    comparisons = {
        "training": lambda scratch: training_table(training_pairs(options, scratch)),
        "whole": lambda scratch: whole_table(whole_pairs(options, scratch)),
        "networks": lambda scratch: networks.table(options, preprocessed(options, scratch), scratch, measured),
    }
    for name, table in comparisons.items():
        if options.only in (None, name):
            with tempfile.TemporaryDirectory() as scratch:
                try:
                    Console().print(table(Path(scratch)))
                except DigitsError as error:  # no data to measure with, as a rule
                    parser.exit(2, f"bench: {error}\n")
    if options.only in (None, "again"):
        again.main(["--runs", str(options.pairs)])
    if options.only in (None, "growth"):
        growth.main([])
    if options.only in (None, "serving"):
        serving.main(["--turns", str(options.pairs)])
    if options.only in (None, "pages"):
        pages.main([])
    if options.only in (None, "bucket"):
        bucket.main([])
    if options.only in (None, "size"):
        size.main([])


if __name__ == "__main__":
    main()
