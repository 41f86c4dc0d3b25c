"""`digits approve`: a person's decision about a model, with a name and a reason on it."""

import json as jsonlib
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter

from pipeline_components.chain.approval import decide, decision_of
from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.record import step_record
from pipeline_components.commands.inspect import resolve
from pipeline_components.commands.options import DEFAULT_STORE, JsonOption, StoreOption, existing
from pipeline_components.data.decision import APPROVED, REJECTED
from pipeline_components.errors import BadConfig

Evaluation = Annotated[str, Parameter(help="The evaluation's id, such as evaluate/7.")]


def approve(
    evaluation: Evaluation,
    *,
    by: Annotated[str, Parameter(help="Who decides.")],
    reason: Annotated[str, Parameter(help="Why; it stays with the model.")],
    reject: Annotated[bool, Parameter(negative="", help="Keep it from being served.")] = False,
    store: StoreOption = DEFAULT_STORE,
    json: JsonOption = False,
) -> None:
    """Approve an evaluated model for service, or reject it; the same `digits run` again goes on from there.

    An approval is of this evaluation, a rejection of its model until somebody approves it. Prints the decision's id.
    """
    where = existing(store)
    found, expected = resolve(where, evaluation), COMPONENTS["approve"].inputs["evaluation"]
    if found.component != expected:
        raise BadConfig(f"{found.id} found, an artifact of {expected} expected")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    decision = decision_of(REJECTED if reject else APPROVED, by, reason, at=at, how="cli")
    outcome = decide(where, found.id, decision)
    print(jsonlib.dumps(step_record(outcome), indent=1) if json else outcome.artifact.id)
