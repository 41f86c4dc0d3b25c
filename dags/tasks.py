"""What the DAG files share: schedules and folders from the environment, a process that can be stopped, short errors.

No DAG file itself: `.airflowignore` keeps Airflow from parsing it, and Airflow has the folder of the DAG files on
sys.path, so that they import it by its name.
"""

import logging
import os
import signal
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

from airflow.sdk import (
    Asset,
    AssetAlias,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    get_current_context,
)
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import (
    AirflowRuntimeError,
    AirflowSkipException,
    AirflowTaskTerminated,
    AirflowTimetableInvalid,
)

from pipeline_components.chain.components import Component
from pipeline_components.chain.form import field
from pipeline_components.errors import BadConfig, BucketUnreachable, DigitsError, DownloadFailed

if TYPE_CHECKING:
    from pipeline_components.store import Store

log = logging.getLogger("pipeline_components.dag")

SERVED_MODEL = Asset("digits/served-model")
# A task with an asset as its outlet emits an event whenever it succeeds; with an alias, only when it says so.
PUSHED = AssetAlias("digits/pushed")
OWNER = "digits"
WIDTH = 100  # characters of a log's line that the UI shows without scrolling


def first_line(doc: str | None) -> str:
    """The first line of a DAG file's text: what the list of DAGs shows of it."""
    return (doc or "").partition("\n")[0]


def param(name: str, default: object, **schema: Any) -> Param:
    """A field of a trigger form, its title and bounds said as the other forms say them."""
    return Param(default, **field(name, schema))


def open_store() -> "Store":
    """The artifact store that the environment names."""
    from pipeline_components.store import Store

    return Store.from_environment()


def page_of_run(run_id: str, dag_id: str = "digits_retraining") -> str:
    """The address of a run's page, inside Airflow's UI, so that who is not logged in is asked to and comes back."""
    return f"{_base()}/dags/{dag_id}/runs/{quote(run_id, safe='')}/plugin/digits-run"


def page_of_artifact(artifact_id: str) -> str:
    """The address of an artifact's page; who is not logged in finds the way to the login there, and back."""
    return f"{_base()}/digits/artifacts/{artifact_id}"


def _base() -> str:
    return str(conf.get("api", "base_url", fallback="http://localhost:8080")).rstrip("/")


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


class TryAgain(SystemExit):
    """Raised when input or output failed, which may go better a moment later."""


RETRY_ONLY_IO = ExceptionRetryPolicy(
    rules=[
        RetryRule(TryAgain, RetryAction.RETRY, reason="input or output failed"),
        RetryRule(AirflowRuntimeError, RetryAction.RETRY, reason="Airflow's API server failed"),
    ],
    default=RetryAction.FAIL,
)
# What the tasks of a DAG that makes artifacts have in common: its default_args.
MAKING = {
    "owner": OWNER,
    "retries": 2,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": True,
    "retry_policy": RETRY_ONLY_IO,
    "show_return_value_in_logs": False,
}


@contextmanager
def said_in_one_line() -> Iterator[None]:
    """Tell an error as the XCom `error` and in the last lines of the task's log, and end the task with its exit code.

    It is told in the words of the form. Only what may go better a moment later is tried again.
    A bug's own traceback stands before these lines.
    """
    try:
        yield
    except (AirflowSkipException, AirflowRuntimeError):
        raise  # the one says why itself; of the other nothing can be told to a server that has just failed
    except Exception as error:
        from pipeline_components.chain.form import for_the_form
        from pipeline_components.chain.record import failure_of

        told = failure_of(get_current_context()["ti"].task_id, error)
        told["message"] = for_the_form(told["message"])
        get_current_context()["ti"].xcom_push("error", told)
        if not isinstance(error, DigitsError):
            log.error("%s", told["kind"], exc_info=error)
        kind = TryAgain if isinstance(error, DownloadFailed | BucketUnreachable | OSError) else SystemExit
        end([f"{told['ending']}: {told['message']}"], getattr(error, "exit_code", 1), kind)


def end(story: Iterable[str], exit_code: int, kind: type[SystemExit] = SystemExit) -> NoReturn:
    """End a task that failed with its story as the last lines of its log.

    By SystemExit, the one way to fail for which Airflow writes no traceback of its own frames after them.
    """
    tell(logging.ERROR, story)
    raise kind(exit_code) from None


def tell(level: int, story: Iterable[str], indent: int = 2) -> None:
    """Log sentences, wrapped."""
    for sentence in story:
        for line in textwrap.wrap(sentence, WIDTH, subsequent_indent=" " * indent, break_long_words=False):
            log.log(level, "%s", line)
