"""Searches a network's best parameters: trials that run side by side, and a best that is an artifact.

Ingest and preprocess the dataset; then each **trial** trains the network with other parameters and is judged on
validation examples alone, and `tune` makes of all trials one artifact: the table, the best parameters, a page. Give its
id to `digits_retraining` as `from_`, and that retrains with the best.

A trial that crashes is retried once, from its last whole epoch, and then counts as failed; the others go on. The same
search again takes what is there: raise `trials`, and it goes on.
"""

import logging
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from airflow.sdk import Param, TriggerRule, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

import notices
import placement
from lineage import tell_lineage
from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.config import checked
from pipeline_components.chain.form import flat_schema
from pipeline_components.errors import BadConfig, nearest
from tasks import (
    MAKING,
    end,
    first_line,
    open_store,
    outside,
    prepare_process,
    said_in_one_line,
    tell,
)

if TYPE_CHECKING:
    from pipeline_components.chain.record import Failure
    from pipeline_components.chain.tuning import Search
    from pipeline_components.config import Config

log = logging.getLogger("pipeline_components.dag")
BEFORE = ("ingest", "preprocess")
MODELS = {name: COMPONENTS[name].config for name in (*BEFORE, "tune")}
AT_ONCE = int(os.environ.get("DIGITS_TRIALS_AT_ONCE") or 2)


def configs() -> dict[str, "Config"]:
    """The config of each component that this run's parameters mean; raises BadConfig."""
    owner = {name: part for part, model in MODELS.items() for name in model.model_fields}
    parts: dict[str, dict[str, Any]] = {part: {} for part in MODELS}
    for name, value in get_current_context()["params"].items():
        if name not in owner:
            raise BadConfig(f"unknown parameter {name!r}{nearest(name, owner)}")
        parts[owner[name]][name] = value
    return {part: checked(MODELS[part], values) for part, values in parts.items()}


@said_in_one_line()
def validate() -> None:
    """Checks every parameter of the run, strictly: a wrong name, value or search space fails here, in one line."""
    from pipeline_components.chain.search_space import search_space

    found = configs()
    search_space(found["tune"])  # type: ignore[arg-type]
    for part in found.values():
        for name, value in part.model_dump(mode="json").items():
            log.info("%s = %s", name, value)


@said_in_one_line()
def produce(name: str) -> str:
    """One component's artifact, found or made; gives its id."""
    from pipeline_components.chain.produce import produce as found_or_made

    prepare_process()
    context, component = get_current_context(), COMPONENTS[name]
    made = {source: context["ti"].xcom_pull(task_ids=source) for source in component.inputs.values()}
    outcome = found_or_made(
        component, open_store(), configs()[name], made, outside=outside(component), run_id=context["run_id"]
    )
    tell_lineage([outcome.artifact])
    return outcome.artifact.id


def search() -> "Search":
    """The study of this run."""
    from pipeline_components.chain.tuning import Search

    examples = get_current_context()["ti"].xcom_pull(task_ids="preprocess")
    return Search(open_store(), configs()["tune"], examples)  # type: ignore[arg-type]


@said_in_one_line()
def propose() -> list[int]:
    """Gives each trial its number: as many as the budget and the grid have."""
    numbers = search().study.prepare()
    log.info("%d trials, %d at once", len(numbers), AT_ONCE)
    return numbers


@said_in_one_line()
def trial(number: int) -> None:
    """Trains with the parameters of one trial, in full or until it is given up; skipped when the minutes are over."""
    prepare_process()
    study, context = search(), get_current_context()
    started, minutes = context["dag_run"].start_date or datetime.now(UTC), study.config.minutes
    if minutes and datetime.now(UTC) > started + timedelta(minutes=minutes) and not study.study.trial(number):
        raise AirflowSkipException(f"{minutes:g} minutes are over")
    found = study.trial(number, run_id=context["run_id"])
    told = f"trial {number} {found['state']}: validation loss {found['validation_loss']:.4f}, {found['parameters']}"
    tell(logging.INFO, [told])


@said_in_one_line()
def tune() -> str:
    """Makes of all trials one artifact, records the run, and names the trials that failed.

    Fails when none was trained to its end.
    """
    from pipeline_components.chain.search_record import record_failed_search, reduce_and_record

    prepare_process()
    context = get_current_context()
    ti, run_id, started = context["ti"], context["run_id"], context["dag_run"].start_date or datetime.now(UTC)
    told: dict[str, Any] = {"elapsed_s": (datetime.now(UTC) - started).total_seconds()}
    parameters = dict(context["params"])
    if ti.xcom_pull(task_ids="propose") is None:
        record_failed_search(open_store(), run_id, parameters, {}, failures_before(ti), **told)
        end(["no trial was proposed: see the log of what failed before"], exit_code=2)
    made = {name: ti.xcom_pull(task_ids=name) for name in BEFORE}
    found = reduce_and_record(search(), run_id, parameters, made, **told).artifact
    tell_lineage([found])
    tell(logging.INFO, story(found.path, found.id, found.manifest.facts))
    return found.id


def failures_before(ti: Any) -> list["Failure"]:
    """What the tasks before the trials have told of themselves; one that was killed has told nothing."""
    names = ("validate_parameters", *BEFORE, "propose")
    told = {name: ti.xcom_pull(task_ids=name, key="error") for name in names}
    return [cast("Failure", {**each, "component": name}) for name, each in told.items() if each]


def story(folder: Any, name: str, facts: Any) -> list[str]:
    """What people look for: the failed trials by number, the best, and how to go on."""
    from pipeline_components.tune.trials import read_trials

    failed = [f"trial {each['number']} failed: {each['reason']}" for each in read_trials(folder) if each["reason"]]
    best = f"trial {facts['best']} is the best: validation loss {facts['validation_loss']:.4f}, accuracy "
    counted = f"{facts['trials']} trials: {facts['complete']} complete, {facts['pruned']} given up early, "
    return [
        *failed,
        f"{counted}{facts['failed']} failed",
        f"{best}{facts['validation_accuracy']:.4f}",
        f"to retrain with it, trigger digits_retraining with from_ = {name}",
    ]


@dag(
    schedule=None,
    params={name: Param(**schema) for name, schema in flat_schema(MODELS).items()},
    description=first_line(__doc__),
    doc_md=__doc__,
    max_active_runs=1,
    on_failure_callback=notices.on_failure(),
    tags=["digits"],
    default_args=MAKING,
)
def digits_tuning() -> None:
    """Wire it: the data, the trials side by side, and what they came to."""
    validated = task(task_id="validate_parameters", doc_md=validate.__doc__)(validate)()
    data = [task(task_id=name, doc_md=placement.doc(name, COMPONENTS[name].doc))(produce)(name) for name in BEFORE]
    numbers = task(task_id="propose", doc_md=propose.__doc__)(propose)()
    trials = task(
        task_id="trial",
        doc_md=placement.doc("train", trial.__doc__ or ""),
        max_active_tis_per_dag=AT_ONCE,
        retries=1,
        retry_delay=timedelta(seconds=1),
        **placement.training(pool="DIGITS_TUNING_POOL"),
    )(trial).expand(number=numbers)
    ended = task(task_id="tune", doc_md=tune.__doc__, trigger_rule=TriggerRule.ALL_DONE, retries=0)(tune)()
    validated >> data[0] >> data[1] >> numbers >> trials >> ended


digits_tuning()
