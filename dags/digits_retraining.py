"""Retrains the digit recogniser, and serves it if it passes the gate.

Ingest the dataset, preprocess it, train, evaluate; then report, and, if the **gate** opens, export and push. What the
store already has is reused: a run with the same parameters takes seconds. `force` makes chosen components again.

With the parameter `approval`, a person is asked between gate and export: approve or reject under *Required Actions*.

A refused model leaves a report and no export, and its run **fails**, with the gate's reasons in the log of `verdict`,
the last task, and in the run's note. The run's record is `runs/<run id>.json` in the artifact store.
"""

import json
import logging
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from airflow.sdk import (
    Param,
    TriggerRule,
    chain,
    dag,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowSkipException

import approval
import notices
import placement
from lineage import tell_lineage
from pipeline_components.chain.components import COMPONENTS, run_components, sources_of
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.form import flat_schema, force_schema
from pipeline_components.errors import INTERRUPTED, BadConfig, Refused, Undecided
from tasks import (
    MAKING,
    PUSHED,
    SERVED_MODEL,
    end,
    first_line,
    open_store,
    outside,
    page_of_artifact,
    page_of_run,
    prepare_process,
    said_in_one_line,
    schedule,
    tell,
)

if TYPE_CHECKING:
    from pipeline_components.chain.record import Failure
    from pipeline_components.store import ServedVersion

log = logging.getLogger("pipeline_components.dag")


def form() -> dict[str, Param]:
    """The trigger form: one Param for each parameter of each component, and `force`."""
    fields, given = flat_schema() | {"force": force_schema()}, presets()
    return {
        name: Param(**schema | ({"default": given[name]} if name in given else {})) for name, schema in fields.items()
    }


def presets() -> dict[str, Any]:
    """What DIGITS_PARAMETERS gives a run that is not told otherwise, a scheduled one above all; raises BadConfig."""
    text = os.environ.get("DIGITS_PARAMETERS") or "{}"
    try:
        if not isinstance(given := json.loads(text), dict):
            raise BadConfig(f"{text} found")
        PipelineConfig.from_flat(given)
    except (BadConfig, ValueError) as error:
        raise BadConfig(f"DIGITS_PARAMETERS: a JSON object of parameters expected: {error}") from None
    return given


def parameters() -> tuple[PipelineConfig, set[str]]:
    """The config that this run's parameters mean, and the components to force; raises BadConfig."""
    given = dict(get_current_context()["params"])
    force = given.pop("force", None) or []
    known = [component.name for component in run_components()]
    unknown = [name for name in force if name not in known]
    if unknown:
        raise BadConfig(f"force: unknown component {unknown[0]!r}; known: {', '.join(known)}")
    return PipelineConfig.from_flat(given), set(force)


@said_in_one_line()
def validate() -> None:
    """Checks every parameter of the run, strictly: a wrong name or value fails here, in one line."""
    config, force = parameters()
    for name, value in config.flat().items():
        log.info("%s = %s", name, value)
    log.info("force = %s", ", ".join(sorted(force)) or "nothing")


@said_in_one_line()
def produce(name: str) -> str:
    """One component's artifact, found or made, and put into service if it is one for that; gives its id.

    A model is judged again if something else is in service by now than what it was judged against; skipped if it is
    refused then.
    """
    from pipeline_components.chain.gate import shut
    from pipeline_components.chain.record import step_record
    from pipeline_components.chain.service import carry_out

    prepare_process()
    context, component = get_current_context(), COMPONENTS[name]
    ti, run_id = context["ti"], context["run_id"]
    config, force = parameters()
    made, store = {source: ti.xcom_pull(task_ids=source) for source in component.inputs.values()}, open_store()
    if component.gated and (refused := shut(store, made[component.inputs["evaluation"]], config["approve"].approval)):
        raise AirflowSkipException(str(refused))
    step = carry_out(
        component,
        store,
        config,
        made,
        outside=outside(component),
        force=force,
        run_id=run_id,
        who=f"Airflow {run_id}",
    )
    tell_lineage(outcome.artifact for outcome in step.outcomes.values())
    steps = {each: step_record(outcome) for each, outcome in step.outcomes.items()}
    ti.xcom_push("step", {"steps": steps, "judged_again": list(step.judged_again), "refused": step.refused})
    if step.refused or name not in steps:
        raise AirflowSkipException(step.refused or "refused when it was judged again: see the log of `verdict`")
    if (version := step.version) and is_put_by(context, version):
        context["outlet_events"][PUSHED].add(SERVED_MODEL, {"export": version.export, "version": version.number})
    return steps[name]["id"]


def is_put_by(context: Any, version: "ServedVersion") -> bool:
    """Whether this attempt of the run has put a version into service: asked again by a retry, it is still so."""
    started = context["dag_run"].start_date.replace(microsecond=0)
    return version.who == f"Airflow {context['run_id']}" and datetime.fromisoformat(version.at) >= started


@said_in_one_line()
def gate(evaluation: str) -> None:
    """Opens for a model that may be served or approved; shut, it is skipped as `export` is, for the reasons below."""
    from pipeline_components.chain.gate import check_gate

    context = get_current_context()
    try:
        check_gate(open_store(), context["ti"].xcom_pull(task_ids=evaluation), context["params"]["approval"])
    except Undecided as undecided:
        tell(logging.INFO, [f"a person is asked: {undecided}"])
    except Refused as refused:
        tell(logging.WARNING, [str(refused)])
        raise AirflowSkipException("the gate is shut: see the reasons above") from None


@said_in_one_line()
def verdict() -> None:
    """Records the run and says how it ended, in the last lines below; fails unless the model is blessed."""
    from pipeline_components.chain.record import record_run
    from pipeline_components.commands.live import closing_lines

    context = get_current_context()
    ti, params = context["ti"], dict(context["params"])
    failures = failures_of(context)
    pulled = [ti.xcom_pull(task_ids=name, key="step") for name in PipelineConfig.models()]
    told = [each for each in pulled if each]
    params.pop("force", None)
    record = record_run(
        open_store(),
        context["run_id"],
        params,
        {name: step for each in told for name, step in each["steps"].items()},
        elapsed_s=(datetime.now(UTC) - (context["dag_run"].start_date or datetime.now(UTC))).total_seconds(),
        failures=failures,
        judged_again=[why for each in told for why in each["judged_again"]],
        refused=next((each["refused"] for each in told if each["refused"]), None),
    )
    where = f"its page: {page_of_run(context['run_id'])}"
    if not failures:
        tell(logging.INFO, closing_lines(open_store(), record), indent=10)
    if record.get("report"):
        where = f"its report: {page_of_artifact(str(record['report']))}"
    if record["verdict"] in ("refused", "undecided"):
        end([f"{record['ending']}: {record['reasons'][0]}", where], exit_code=3)
    if failures:
        end([*(f"{each['ending']}: {each['component']}: {each['message']}" for each in failures), where], exit_code=2)
    tell(logging.INFO, [where])


def failures_of(context: Any) -> list["Failure"]:
    """What each failed task has told of itself, the first to fail first; one that was killed has told nothing."""
    from pipeline_components.chain.record import Failure

    run_id, ti = context["run_id"], context["ti"]
    states = ti.get_task_states(context["dag"].dag_id, run_ids=[run_id])[run_id]
    silent = Failure(component="", kind="unknown", message="killed or marked failed: see its log", ending=INTERRUPTED)
    failed = [task.task_id for task in context["dag"].topological_sort() if states.get(task.task_id) == "failed"]
    return [
        cast(Failure, {**(ti.xcom_pull(task_ids=name, key="error") or silent), "component": name}) for name in failed
    ]


@dag(
    schedule=schedule("DIGITS_SCHEDULE"),
    params=form(),
    description=first_line(__doc__),
    doc_md=__doc__,
    max_active_runs=1,
    on_failure_callback=notices.on_failure(),
    tags=["digits"],
    default_args=MAKING,
)
def digits_retraining() -> None:
    """Wire the table of components: each follows its inputs, behind the gate where it asks for that."""
    validated = task(task_id="validate_parameters", doc_md=validate.__doc__)(validate)()
    ended = task(task_id="verdict", trigger_rule=TriggerRule.ALL_DONE, retries=0)(verdict)()
    tasks = {
        each.name: task(
            task_id=each.name,
            doc_md=placement.doc(each.name, each.doc),
            outlets=[PUSHED] if each.pushed else [],
            **(placement.training() if each.resumed else {}),
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS if each.gated else TriggerRule.ALL_SUCCESS,
        )(produce)(each.name)
        for each in run_components()
    }
    for each in run_components():
        before = [tasks[source] for source in sources_of(each)] or [validated]
        if each.gated:
            opened = task(task_id="gate")(gate)(each.inputs["evaluation"])
            asked = approval.ask()
            answered = task(task_id="approve", doc_md=COMPONENTS["approve"].doc)(approval.record_answer)("ask")
            chain(before, opened, asked, answered, tasks[each.name])
            chain(opened, tasks[each.name])
        else:
            chain(before, tasks[each.name])
    followed = {source for each in run_components() for source in sources_of(each)}
    chain([tasks[name] for name in tasks if name not in followed], ended)


digits_retraining()
