"""What the DAG files share: schedules and folders from the environment, a process that can be stopped, short errors.

No DAG file itself: `.airflowignore` keeps Airflow from parsing it, and Airflow has the folder of the DAG files on
sys.path, so that they import it by its name.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from airflow.sdk import Asset, CronTriggerTimetable, get_current_context
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowSkipException,
    AirflowTaskTerminated,
    AirflowTimetableInvalid,
)

from pipeline_components.chain.components import Component
from pipeline_components.errors import BadConfig, DatasetUnavailable, DigitsError, first_line

if TYPE_CHECKING:
    from pipeline_components.store import Store

SERVED_MODEL = Asset("digits/served-model")


def store_root() -> Path:
    """The folder of the artifact store: DIGITS_STORE, else `artifacts`."""
    return Path(os.environ.get("DIGITS_STORE") or "artifacts").resolve()


def open_store() -> "Store":
    """The artifact store in that folder."""
    from pipeline_components.store import Store

    return Store(store_root())


def outside(component: Component, **given: str | None) -> dict[str, Path]:
    """The folders outside the store that a component reads: as given, else as the environment names them."""
    named = {name: given.get(name) or os.environ.get(folder.env_var) for name, folder in component.outside.items()}
    return {name: Path(path) for name, path in named.items() if path}


def schedule(variable: str, default: str = "@weekly") -> CronTriggerTimetable | None:
    """When a DAG runs by itself: the cron expression or preset in this variable; never when it is empty or `none`."""
    text = os.environ.get(variable, default).strip()
    if text.lower() in ("", "none"):
        return None
    # By default, a DAG that is new would run at once when its last tick is less than a tenth of the interval ago.
    timetable = CronTriggerTimetable(text, timezone="UTC", run_immediately=timedelta(0))
    try:
        timetable.validate()
    except AirflowTimetableInvalid:
        raise BadConfig(
            f"{variable}: {text!r} found, a cron expression, a preset like @weekly, or none expected"
        ) from None
    return timetable


def prepare_process() -> None:
    """Make this task end where it stands when it is stopped, and leave processor time to Airflow's own processes."""
    signal.signal(signal.SIGTERM, terminated)
    os.nice(5)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def terminated(*_: object) -> NoReturn:
    """Stop a task, so that it publishes nothing.

    Airflow's own handler lets the task's body go on: https://github.com/apache/airflow/issues/73006
    """
    raise AirflowTaskTerminated("stopped by SIGTERM")


@contextmanager
def said_in_one_line() -> Iterator[None]:
    """Leave an error as the XCom `error`: kind, line; bad usage or input fails the task in one line, with no retry."""
    try:
        yield
    except (AirflowFailException, AirflowSkipException):
        raise  # it says why itself, or a task body called another one, which has said it
    except Exception as error:
        kind, bad_input = type(error).__name__, isinstance(error, DigitsError)
        line = first_line(error, most=500) if bad_input else f"{kind}: {first_line(error, most=500)}"
        get_current_context()["ti"].xcom_push("error", {"kind": kind, "message": line})
        if bad_input and not isinstance(error, DatasetUnavailable):
            raise AirflowFailException(line) from None
        raise
