"""The Airflow of a home as another terminal sees it: whether it runs, where, and how it is ended."""

import contextlib
import os
import signal
from dataclasses import dataclass
from typing import Literal

from pipeline_components.local_airflow.home import Home
from pipeline_components.local_airflow.processes import living, stop_all
from pipeline_components.local_airflow.rest import wait_for

STOP_S = 60


@dataclass(frozen=True)
class Standing:
    """What runs in a home: `up` and `run` as in Instance, `starting` before either has said so.

    `killed` is what a killed command has left, `stopped` nothing at all; both have no address, pid or store.
    """

    state: Literal["up", "run", "starting", "killed", "stopped"]
    processes: int
    address: str | None = None
    pid: int | None = None
    store: str | None = None


def standing(home: Home) -> Standing:
    """What runs in this home now."""
    if not home.path.is_dir():
        return Standing("stopped", 0)
    with home.claimed() as mine:
        count = len(living(home))
        if mine:
            return Standing("killed" if count else "stopped", count)
        if other := home.instance():
            mode: Literal["up", "run"] = "up" if other.mode == "up" else "run"
            return Standing(mode, count, other.address, other.pid, other.store)
        return Standing("starting", count)


def stop(home: Home) -> Standing:
    """End what runs in this home, and every process of it; what was found there. AirflowError if it does not end."""
    found, asked = standing(home), set[int]()

    def is_ended() -> bool:
        with home.claimed() as mine:
            if mine:
                stop_all(home)
                return True
            other = home.instance()
            if other and other.pid not in asked:  # once: it unwinds as for Ctrl-C
                asked.add(other.pid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(other.pid, signal.SIGTERM)
            return False

    if home.path.is_dir():
        wait_for(is_ended, STOP_S, f"the Airflow in {home.path} (pid {found.pid}) still runs")
    return found
