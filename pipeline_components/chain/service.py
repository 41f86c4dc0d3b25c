"""Puts a model into service, only in place of what it was judged against, and judges it again otherwise.

A verdict says that a model may replace the champion it was compared with. Between verdict and push, another run or a
rollback may have put something else there. So a push is a compare-and-swap, and a model that comes too late is judged
again in the same run, a few times at most. Airflow's task and the command line both come this way.
"""

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from pipeline_components.chain import references
from pipeline_components.chain.components import Component, made_again_with
from pipeline_components.chain.config import PipelineConfig
from pipeline_components.chain.gate import check_gate, decision_on
from pipeline_components.chain.produce import Folders, Made, is_skipped, produce
from pipeline_components.chain.references import blessing_of, input_of
from pipeline_components.data.decision import said
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import Overtaken, Refused, StoreError
from pipeline_components.store import Artifact, Outcome, ServedVersion, Store, content_in

log = logging.getLogger(__name__)
MOST_TIMES = 3


@dataclass(frozen=True)
class Step:
    """What came of one component in a run.

    `outcomes`      its own and, if it was judged again, those of what is compared with the champion and what follows;
                    its own is missing when the second verdict was another
    `version`       what is in service after it, if it is one that is pushed
    `judged_again`  why, each time
    `refused`       why nothing was pushed although the verdict would have allowed it
    """

    outcomes: Mapping[str, Outcome]
    version: ServedVersion | None = None
    judged_again: tuple[str, ...] = ()
    refused: str | None = None


def carry_out(
    component: Component,
    store: Store,
    config: PipelineConfig,
    made: Made,
    *,
    outside: Folders | None = None,
    force: Collection[str] = (),
    run_id: str,
    who: str,
) -> Step:
    """Find or make a component's artifact and, if it is one for that, put it into service or judge it again."""

    approval = config["approve"].approval

    def outcome_of(each: Component, made: Made, is_forced: bool = False) -> Outcome:
        if each.gated:
            check_gate(store, made[each.inputs["evaluation"]], approval)
        return produce(each, store, config[each.name], made, outside=outside, force=is_forced, run_id=run_id)

    outcomes = {component.name: outcome_of(component, made, component.name in force)}
    again: list[str] = []
    while component.pushed:
        try:
            version = push(store, outcomes[component.name].artifact, who=who, judged_again=again)
        except Overtaken as overtaken:
            again.append(str(overtaken))
        except Refused as refused:
            return Step(outcomes, None, tuple(again), str(refused))
        else:
            return Step(outcomes, version, tuple(again))
        if len(again) > MOST_TIMES:
            return Step(outcomes, None, tuple(again), f"{again[-1]}, for the {len(again)}th time: run it again")
        log.warning("%s: judged again", again[-1])
        del outcomes[component.name]
        for each in made_again_with(references.champion):
            made = {**made, **{name: outcome.artifact.id for name, outcome in outcomes.items()}}
            if is_skipped(each, store, made, approval):
                return Step(outcomes, None, tuple(again))
            outcomes[each.name] = outcome_of(each, made)
    return Step(outcomes)


def push(store: Store, export: Artifact, *, who: str, judged_again: Collection[str] = ()) -> ServedVersion | None:
    """Serve an export in place of what it was judged against; raises Overtaken if something else is served by now.

    What is served already is not pushed again. What was rolled back stays away until it is put back by hand. Raises
    Refused for what a person has rejected meanwhile.
    """
    model, evaluation = store.served(MODEL_NAME), input_of(store, export, "evaluation")

    def check(current: ServedVersion | None) -> None:
        check_gate(store, evaluation.id)
        if model.withdrawn(content_in(export)):
            raise _WasWithdrawn
        if not _is_judged_against(store, export, evaluation, current):
            raise Overtaken(f"{export.id} was judged against {_champion(evaluation)}, and {_named(current)} by now")

    why = "; judged again: ".join([_why(store, evaluation.id), *judged_again])
    try:
        return model.push(export, who=who, why=why, check=check)
    except _WasWithdrawn:
        log.warning("%s", held_back(store, export.id))
        return model.current()


def _why(store: Store, evaluation: str) -> str:
    """What let a model through the gate, for the journal: the rules or a person, and who approved it."""
    why = blessing_of(store, evaluation)["forced"] or f"{evaluation} blessed"
    found = decision_on(store, evaluation)
    return f"{why}; {said(found[1])} ({found[0].id})" if found else why


def held_back(store: Store, export: str) -> str | None:
    """Why an export is not served by itself: somebody rolled back from it, and nobody has put it back since."""
    model, content = store.served(MODEL_NAME), content_in(store.artifact(export))
    rollback = model.withdrawn(content)
    if rollback is None:
        return None
    why = f", {rollback.why!r}" if rollback.why else ""
    versions = [version.number for version in model.versions() if version.content == content]
    back = f": `digits rollback {versions[-1]}` serves it again" if versions else ""
    return f"{export} was rolled back from on {rollback.at[:10]} by {rollback.who}{why}{back}"


class _WasWithdrawn(Exception):
    """Raised under the lock, so that nothing is pushed; nobody sees it."""


def _is_judged_against(store: Store, export: Artifact, evaluation: Artifact, current: ServedVersion | None) -> bool:
    """Whether what is in service is the champion of the evaluation, or this model itself as it was exported before."""
    champion = evaluation.manifest.inputs.get("champion")
    if current is None or champion is None:
        return current is None and champion is None
    with suppress(StoreError):  # one that is gone is not it
        if current.content == content_in(store.artifact(champion["id"])):
            return True
    with suppress(StoreError):
        served, this = (each.manifest.inputs["model"] for each in (store.artifact(current.export), export))
        return bool(served["content"] == this["content"])
    return False


def _champion(evaluation: Artifact) -> str:
    champion = evaluation.manifest.inputs.get("champion")
    return champion["id"] if champion else "nothing"


def _named(current: ServedVersion | None) -> str:
    return f"{MODEL_NAME}/{current.number} ({current.export}) is served" if current else "nothing is served"
