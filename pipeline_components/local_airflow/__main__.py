"""`python -m pipeline_components.local_airflow` runs one retraining on Airflow, or serves its UI."""

import signal
import sys
from types import FrameType

from pipeline_components.cli import main
from pipeline_components.commands.local_airflow import app


def interrupt(signum: int, frame: FrameType | None) -> None:
    """Unwind as for Ctrl-C, whichever signal comes: what was started is stopped on the way out."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    sys.exit(main(verbs=app))
