"""The two tasks in which a person decides: one asks, one records the answer. No DAG file itself: `.airflowignore`.

Airflow's own operator asks. The task that it is parks without a process and without a slot until somebody answers.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk import Param, get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from pipeline_components.chain.components import COMPONENTS
from tasks import open_store, page_of_run, prepare_process, said_in_one_line, tell

if TYPE_CHECKING:
    from airflow.sdk import Context

    from pipeline_components.approve import ApproveConfig

EVALUATION = COMPONENTS["approve"].inputs["evaluation"]


class Ask(ApprovalOperator):
    """Asks whether the evaluated model may be served, where the parameter `approval` says so; skipped otherwise.

    **Approve** or **Reject** under *Required Actions*, with the reason in the form's field. No answer within
    `approval_timeout_h` is a rejection. Who answered, and why, is recorded by the next task. `dag.test()` has nobody to
    wait for: there the run ends undecided, as on the command line.
    """

    def execute(self, context: "Context") -> Any:
        """Ask with the report's figures, or skip where nobody has to be asked."""
        from pipeline_components.chain.approval import question

        params, ti = context["params"], context["ti"]
        with said_in_one_line():
            asked = question(open_store(), ti.xcom_pull(task_ids=EVALUATION), params["approval"])
        if asked is None:
            raise AirflowSkipException("nobody has to be asked")
        if is_in_process():
            raise AirflowSkipException("a person would be asked, by an Airflow that runs: this is dag.test()")
        self.body = f"{asked}\n\n[The run, and its report]({page_of_run(context['run_id'])})"
        self.response_timeout = timedelta(hours=params["approval_timeout_h"])
        return super().execute(context)

    def execute_complete(self, context: "Context", event: dict[str, Any]) -> Any:
        """Hand on the answer, whatever it is: Airflow's own would skip the task that records a rejection."""
        return HITLOperator.execute_complete(self, context, event)


def is_in_process() -> bool:
    """Whether `dag.test()` runs this task: in its own process, which would wait there for an answer."""
    from airflow.sdk.execution_time import supervisor, task_runner

    return isinstance(task_runner.SUPERVISOR_COMMS, supervisor.InProcessSupervisorComms)


def ask() -> Ask:
    """The task that asks; without an answer in time, the one that is taken is a rejection.

    Airflow 3.3.2 takes it for a task that was killed if it is answered before the executor has seen the end of the
    process that asked, and forgets the answer: the retries that all tasks have ask again then.
    """
    reason = Param("", type="string", title="Reason", description="Why; it stays with the model.")
    return Ask(
        task_id="ask",
        subject="May this model be served?",
        defaults=Ask.REJECT,
        params={"reason": reason},
        doc_md=Ask.__doc__,
    )


@said_in_one_line()
def record_answer(question: str) -> str:
    """Records the answer with its name and reason, and has the report tell of it; gives the decision's id."""
    from pipeline_components.chain.approval import decide, told_again
    from pipeline_components.chain.produce import produce
    from pipeline_components.chain.record import step_record
    from pipeline_components.data.decision import APPROVED, said

    prepare_process()
    context = get_current_context()
    ti, run_id, store, params = context["ti"], context["run_id"], open_store(), dict(context["params"])
    decision = decision_in(ti.xcom_pull(task_ids=question))
    outcomes = {"approve": decide(store, ti.xcom_pull(task_ids=EVALUATION), decision, run_id)}
    for each in map(COMPONENTS.__getitem__, told_again()):
        made = {source: ti.xcom_pull(task_ids=source) for source in each.inputs.values()}
        config = each.config.model_validate({name: params[name] for name in each.config.model_fields})
        outcomes[each.name] = produce(each, store, config, made, run_id=run_id)
    steps = {name: step_record(outcome) for name, outcome in outcomes.items()}
    ti.xcom_push("step", {"steps": steps, "judged_again": [], "refused": None})
    artifact = outcomes["approve"].artifact
    level = logging.INFO if decision.decision == APPROVED else logging.WARNING
    tell(level, [f"{artifact.id}: {said(artifact.manifest.config)}"])  # type: ignore[arg-type]
    return artifact.id


def decision_in(answer: dict[str, Any]) -> "ApproveConfig":
    """An answer of Airflow's as a decision; one that nobody gave is a rejection for want of time."""
    from pipeline_components.approve import ApproveConfig
    from pipeline_components.chain.approval import decision_of
    from pipeline_components.data.decision import APPROVED, REJECTED

    at = datetime.fromisoformat(str(answer["responded_at"])).astimezone(UTC).isoformat(timespec="seconds")
    user = answer["responded_by_user"]
    if user is None:
        return ApproveConfig(at=at)
    approved = answer["chosen_options"] == [ApprovalOperator.APPROVE]
    reason = str((answer["params_input"] or {}).get("reason") or "").strip() or "no reason given"
    by = str(user["name"] or "").strip() or str(user["id"])
    return decision_of(APPROVED if approved else REJECTED, by, reason, at=at, how="airflow")
