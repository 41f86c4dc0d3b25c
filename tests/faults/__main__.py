"""Put every fault into real digits, and clean resamples of them beside, through preprocess and the gate, in a table.

    python -m tests.faults [--only clean|faults] [--part I/N] [--results FILE]

A fault is found where an error stops the run, warned of where an anomaly goes to the report, else missed; of what was
let through a model is trained, and judged beside a champion. Over clean data every word is a false alarm. `--part` does
every N-th case from the I-th on; `--results` keeps one line of JSON per case, and a file that has some is read and not
done again: parts may run at different times, and one table is made of all. About 400 cases of two seconds each.
"""

import argparse
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.faults import judging, source, table
from tests.faults.gate import Champion
from tests.faults.judging import Judged


def work(only: str | None, served: dict[str, Champion]) -> Iterator[tuple[str, Callable[[], Judged]]]:
    """The name of each case, and what does it."""
    datasets = source.available()
    if only != "faults":
        for dataset, kind, size, seed in judging.resamples(datasets):
            name = f"{dataset} clean {kind} {size:,} #{seed}"
            other = served[datasets[datasets.index(dataset) - 1]].examples if seed == judging.JUDGED_ON[0] else None
            yield name, partial(judging.clean, dataset, kind, size, seed, other)
    if only != "clean":
        for dataset, fault in judging.cases(datasets):
            yield (
                f"{dataset} {fault.kind} {fault.strength}",
                partial(judging.damaged, dataset, fault, champion=served[dataset]),
            )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=["clean", "faults"])
    parser.add_argument("--part", default="1/1", help="which of how many parts: 2/4")
    parser.add_argument("--results", type=Path, help="file of what is done already")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    part, of = map(int, options.part.split("/"))
    kept = options.results.read_text().splitlines() if options.results and options.results.is_file() else []
    judged = [Judged(**json.loads(line) | {"anomalies": tuple(json.loads(line)["anomalies"])}) for line in kept]
    done = {f"{each.dataset} {each.kind} {each.strength}" for each in judged}
    with tempfile.TemporaryDirectory(prefix="digits-faults-") as folder:
        served = judging.served(Path(folder), source.available())
        for name, case in list(work(options.only, served))[part - 1 :: of]:
            if name not in done:
                judged.append(case())
                print(
                    f"{name}: {judged[-1].outcome} {judged[-1].verdict} {judged[-1].message[:150]}",
                    file=sys.stderr,
                    flush=True,
                )
                if options.results:
                    with options.results.open("a") as file:
                        file.write(judged[-1].as_json() + "\n")
    print(table.of(judged))
    return 0


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main())
