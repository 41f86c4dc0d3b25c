"""The gate: what an evaluation decided, what a person did, and why a model is not let through."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipeline_components.chain.references import blessing_of
from pipeline_components.data.blessing import awaits_decision, refusal
from pipeline_components.data.decision import APPROVED, FILE, Decision, read_decision
from pipeline_components.errors import Refused, Undecided

if TYPE_CHECKING:
    from pipeline_components.store import Artifact, Store


def decision_in_force(store: "Store", inputs: Mapping[str, "Artifact"]) -> "Artifact | None":
    """The decision that holds for an evaluation: the last one about it, or a rejection of its model since.

    An approval is of the one evaluation that was looked at; a rejection of the model, whatever judges it again, until
    somebody approves it.
    """
    evaluation, model = inputs["evaluation"], inputs["model"].manifest.content
    for each in store.newest("approve"):
        about = each.manifest.inputs
        if about["model"]["content"] != model:
            continue
        if about["evaluation"]["id"] == evaluation.id or each.manifest.facts["decision"] != APPROVED:
            return each
        return None
    return None


def decision_on(store: "Store", evaluation: str) -> "tuple[Artifact, Decision] | None":
    """The decision in force about an evaluation, its bytes checked; None if there is none."""
    judged = store.artifact(evaluation)
    model = store.artifact(judged.manifest.inputs["model"]["id"])
    found = decision_in_force(store, {"evaluation": judged, "model": model})
    return (found, read_decision(found.intact(FILE).parent)) if found else None


def shut(store: "Store", evaluation: str, approval: str = "never") -> Refused | None:
    """Why the gate is shut before a model, with every reason in one line; None when it is open."""
    blessing, found = blessing_of(store, evaluation), decision_on(store, evaluation)
    decision = found[1] if found else None
    why = refusal(blessing, decision, approval)
    if why is None:
        return None
    if awaits_decision(blessing, decision, approval):
        return Undecided(f"{evaluation} undecided: {why}: {how_to_decide(evaluation)}")
    return Refused(f"{evaluation} refused: {why}")


def check_gate(store: "Store", evaluation: str, approval: str = "never") -> None:
    """Let a model through that may be served; raises Refused, or Undecided where it waits for a person."""
    if refused := shut(store, evaluation, approval):
        raise refused


def how_to_decide(evaluation: str) -> str:
    """What to type for a decision about an evaluation."""
    return f"digits approve {evaluation} --by NAME --reason WHY, then run it again"
