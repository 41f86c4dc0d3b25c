"""A person's decision about an evaluated model: what it is asked with, and how it is put down."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline_components.approve import ApproveConfig
from pipeline_components.chain import gate
from pipeline_components.chain.components import COMPONENTS, made_again_with
from pipeline_components.chain.config import checked
from pipeline_components.chain.inputs import chosen_inputs
from pipeline_components.chain.produce import produce
from pipeline_components.chain.references import blessing_of
from pipeline_components.data.blessing import awaits_decision, judged, may_be_served
from pipeline_components.data.decision import APPROVED
from pipeline_components.errors import BadConfig, printable
from pipeline_components.json_files import read_json
from pipeline_components.store import Outcome, Store

LONGEST = {"by": 200, "reason": 500}  # characters


def decision_of(decision: str, by: str, reason: str, *, at: str, how: str) -> ApproveConfig:
    """A decision with what people wrote on one line, cut where it is too long; raises BadConfig where it is empty."""
    said = {"by": by, "reason": reason}
    texts = {name: printable(text)[: LONGEST[name]].strip() for name, text in said.items()}
    for name, text in texts.items():
        if not text:
            raise BadConfig(f"{name}: nothing found, a text expected: decisions have a name and a reason")
    given = {"decision": decision, "at": at, "how": how}
    return ApproveConfig.model_validate(checked(ApproveConfig, given | texts))


def decide(store: Store, evaluation: str, decision: ApproveConfig, run_id: str | None = None) -> Outcome:
    """Publish a decision about an evaluation; raises BadConfig for an approval of what the rules refuse."""
    component = COMPONENTS["approve"]
    if decision.decision == APPROVED and not may_be_served(blessing_of(store, evaluation)):
        raise BadConfig(f"{evaluation}: refused by the rules, which no approval overrules: see --force-bless")
    made = chosen_inputs(store, component, {"evaluation": evaluation})
    return produce(component, store, decision, made, run_id=run_id)


def question(store: Store, evaluation: str, approval: str) -> str | None:
    """What a person is asked about a model, as Markdown: verdict, figures, reasons; None where nobody is asked."""
    blessing, found = blessing_of(store, evaluation), gate.decision_on(store, evaluation)
    if not awaits_decision(blessing, found[1] if found else None, approval):
        return None
    artifact = store.artifact(evaluation)
    metrics, model = read_json(artifact.intact("metrics.json")), artifact.manifest.inputs["model"]["id"]
    lines = [f"`{model}` is **{judged(blessing)}** by the rules ({evaluation}).", "", "| figure | value |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in _figures(metrics)]
    said = [*blessing["reasons"], *blessing["undecided"], *blessing["warnings"]]
    return "\n".join([*lines, "", *(f"- {_plain(each)}" for each in said)])


def _figures(metrics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The figures that stand at the head of the report, as far as an evaluation has them."""
    yield "dataset", _plain(metrics.get("dataset"))
    low, high = metrics.get("accuracy_low"), metrics.get("accuracy_high")
    if metrics.get("accuracy") is not None:
        yield "accuracy", f"{metrics['accuracy']:.2%}" + (f" ({low:.2%} to {high:.2%})" if low and high else "")
    if metrics.get("examples") and metrics.get("correct") is not None:
        yield "mistakes", f"{metrics['examples'] - metrics['correct']:,} of {metrics['examples']:,} test images"
    if metrics.get("loss") is not None:
        yield "cross-entropy", f"{metrics['loss']:.4f}"
    champion = metrics.get("champion") or {}
    if champion.get("accuracy") is not None:
        yield "champion", f"{champion['accuracy']:.2%}, {_plain(champion.get('outcome'))}"
        yield "against it", f"{champion['newly_right']:,} newly right, {champion['newly_wrong']:,} newly wrong"


def _plain(text: object) -> str:
    """A text that Markdown leaves as it is."""
    return re.sub(r"([\\`*_\[\]<>|~#])", r"\\\1", printable(str(text)))


def told_again() -> list[str]:
    """The components that say what was decided and put nothing into service: made again after a decision."""
    return [each.name for each in made_again_with(gate.decision_in_force) if not each.pushed]
