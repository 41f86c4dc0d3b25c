"""Retrains the digit recogniser, and serves it if it earns it.

Ingest the dataset, preprocess it, train, evaluate; then report, and, if the **gate** opens, export and push. What the
store already has is reused: a run with the same parameters takes seconds. `force` makes chosen components again.

A refused model leaves a report and no export, and its run **fails**, with the gate's reasons in the log of `verdict`,
the last task, and in the run's note. The run's record is `runs/<run id>.json` in the artifact store.
"""

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk import (
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    TriggerRule,
    chain,
    dag,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowFailException

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.form import COMPONENTS, FORCE, flat_schema
from pipeline_components.errors import BadConfig, DatasetUnavailable, Refused
from tasks import SERVED_MODEL, manual_dir, open_store, prepare_process, said_in_one_line, schedule

log = logging.getLogger("pipeline_components.dag")

RETRY_ONLY_IO = ExceptionRetryPolicy(
    rules=[
        RetryRule([DatasetUnavailable, OSError], RetryAction.RETRY, reason="input or output failed"),
    ],
    default=RetryAction.FAIL,
)
DOCS = {
    "ingest": "Brings the dataset into the store, checksums verified, as a tensorflow-datasets folder.",
    "preprocess": "Checks every example and splits off the validation data, by class and seed. Writes Arrow files.",
    "train": "Fits the network; a line an epoch below. The same seed gives the same weights, bit for bit.",
    "evaluate": "Measures the model on the test split and writes the blessing: every rule, observed and required.",
    "report": "Draws curves, confusion matrix and galleries: `report.html` stands alone, and needs no server.",
    "export": "Writes the SavedModel, proves that it serves, and pushes it: the one task that changes what is served.",
}


def form() -> dict[str, Param]:
    """The trigger form: one Param for each parameter of each component, and `force`."""
    fields = flat_schema() | {"force": FORCE}
    return {
        name: Param(schema["default"], **{key: value for key, value in schema.items() if key != "default"})
        for name, schema in fields.items()
    }


def parameters() -> tuple[PipelineConfig, set[str]]:
    """The config that this run's parameters mean, and the components to force; raises BadConfig."""
    given = dict(get_current_context()["params"])
    force = given.pop("force", None) or []
    unknown = [name for name in force if name not in PipelineConfig.parts()]
    if unknown:
        raise BadConfig(f"force: unknown component {unknown[0]!r}; known: {', '.join(PipelineConfig.parts())}")
    return PipelineConfig.from_flat(given), set(force)


@said_in_one_line()
def validate() -> None:
    """Checks every parameter of the run, strictly: a wrong name or value fails here, in one line."""
    config, force = parameters()
    for name, value in config.flat().items():
        log.info("%s = %s", name, value)
    log.info("force = %s", ", ".join(sorted(force)) or "nothing")


@said_in_one_line()
def produce(component: str) -> str:
    """One component's artifact, found or made; gives its id."""
    from pipeline_components.chain import produce as pipeline
    from pipeline_components.chain.record import step_record

    ti = get_current_context()["ti"]
    prepare_process()
    config, force = parameters()
    outcome = pipeline.produce(
        component,
        open_store(),
        config,
        {source: ti.xcom_pull(task_ids=source) for source in pipeline.STEPS[component].inputs.values()},
        force=component in force,
        manual_dir=manual_dir(),
        run_id=get_current_context()["run_id"],
    )
    ti.xcom_push("step", step_record(outcome))
    return str(outcome.artifact.id)


@said_in_one_line()
def export() -> str:
    """The exported model, pushed: the one task that changes what is served."""
    from pipeline_components.chain import produce as pipeline

    made = produce("export")
    version = pipeline.push(open_store(), made, who=f"Airflow {get_current_context()['run_id']}")
    events = get_current_context()["outlet_events"]
    events[SERVED_MODEL].extra = {"export": made, "version": version.number if version else None}
    return made


@said_in_one_line()
def gate() -> bool:
    """Opens for a blessed model; shut, `export` is skipped, and the reasons are below."""
    from pipeline_components.chain import produce as pipeline

    try:
        pipeline.check_gate(open_store(), get_current_context()["ti"].xcom_pull(task_ids="evaluate"))
    except Refused as refused:
        log.warning("%s", refused)
        return False
    return True


def verdict() -> None:
    """Records the run and says how it ended, in the last lines below; fails unless the model is blessed and served."""
    from pipeline_components.chain.record import record_run
    from pipeline_components.commands.live import closing_lines

    context = get_current_context()
    ti, run_id = context["ti"], context["run_id"]
    states = ti.get_task_states(context["dag"].dag_id, run_ids=[run_id])[run_id]
    failed = {name: ti.xcom_pull(task_ids=name, key="error") for name, state in states.items() if state == "failed"}
    failure = "; ".join(f"{name}: {error or 'failed: see its log'}" for name, error in failed.items())
    if "validate_parameters" in failed:
        raise AirflowFailException(failure)
    steps = {name: ti.xcom_pull(task_ids=name, key="step") for name in COMPONENTS}
    record = record_run(
        open_store(),
        run_id,
        parameters()[0],
        {name: step for name, step in steps.items() if step},
        elapsed_s=(datetime.now(UTC) - (context["dag_run"].start_date or datetime.now(UTC))).total_seconds(),
        failure=failure or None,
    )
    if not failure:
        for line in closing_lines(record):
            log.info("%s", line)
    if record["verdict"] != "blessed":
        raise AirflowFailException(f"{record['verdict']}: {'; '.join(record['reasons'])}")


@dag(
    schedule=schedule("DIGITS_SCHEDULE"),
    params=form(),
    doc_md=__doc__,
    max_active_runs=1,
    tags=["digits"],
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "retry_exponential_backoff": True,
        "retry_policy": RETRY_ONLY_IO,
        "show_return_value_in_logs": False,
    },
)
def digits_retraining() -> None:
    """Wire the chain: ingest → preprocess → train → evaluate → report, and evaluate → gate → export."""
    tasks = {name: task(task_id=name, doc_md=DOCS[name])(produce)(name) for name in COMPONENTS if name != "export"}
    validated = task(task_id="validate_parameters", doc_md=validate.__doc__)(validate)()
    opened = task.short_circuit(task_id="gate", ignore_downstream_trigger_rules=False)(gate)()
    exported = task(task_id="export", doc_md=DOCS["export"], outlets=[SERVED_MODEL])(export)()
    ended = task(task_id="verdict", trigger_rule=TriggerRule.ALL_DONE, retries=0)(verdict)()
    chain(validated, *(tasks[name] for name in ("ingest", "preprocess", "train", "evaluate", "report")), ended)
    chain(tasks["evaluate"], opened, exported, ended)


digits_retraining()
