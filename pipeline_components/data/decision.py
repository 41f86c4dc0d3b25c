"""decision.json: what a person decided about an evaluated model, and in which words it is told."""

from pathlib import Path
from typing import Literal, TypedDict, cast

from pipeline_components.errors import BadData
from pipeline_components.json_files import read_json

FILE = "decision.json"
APPROVED, REJECTED = "approved", "rejected"


class Decision(TypedDict):
    """A decision: by whom, why, when (ISO 8601), how it was told, the verdict and the evaluation that it is about.

    `how` is `timeout` where nobody has decided, which counts as a rejection.
    """

    decision: Literal["approved", "rejected"]
    by: str
    reason: str
    at: str
    how: Literal["airflow", "cli", "timeout"]
    judged: str
    evaluation: str | None


def read_decision(folder: Path) -> Decision:
    """The decision in an approve artifact; raises BadData when its file does not hold one."""
    content = read_json(folder / FILE)
    texts = [content.get(name) for name in ("by", "reason", "at", "how", "judged")]
    known = content.get("decision") in (APPROVED, REJECTED) and isinstance(content.get("evaluation"), str | None)
    if not (known and all(isinstance(each, str) for each in texts)):
        raise BadData(f"{folder / FILE}: not a decision: decide again")
    return cast(Decision, content)


def approves(decision: Decision) -> bool:
    """Whether it lets the model be served; anything but `approved` rejects."""
    return decision["decision"] == APPROVED


def is_answered(decision: Decision) -> bool:
    """Whether a person has decided: a question that ran out of time is asked again."""
    return decision["how"] != "timeout"


def said(decision: Decision) -> str:
    """`approved by anna: it reads sevens better`."""
    return f"{decision['decision']} by {decision['by']}: {decision['reason']}"
