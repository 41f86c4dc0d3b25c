"""blessing.json: what an evaluation decided, and the one place that knows whether a model may be served."""

from pathlib import Path
from typing import Literal, TypedDict, cast

from pipeline_components.errors import BadData
from pipeline_components.json_files import read_json

FILE = "blessing.json"


class Rule(TypedDict):
    """One rule that a model must meet; `observed` is null where there is no number to show."""

    rule: str
    observed: float | None
    required: str
    passed: bool
    detail: str


class Blessing(TypedDict):
    """The verdict, its reasons, every rule behind it, and why a person forced it, if one did.

    `anchors` says whether the model, once served, is what all that follow are held to; `warnings` what does not refuse
    it and should be known; `undecided` where the numbers cannot tell.
    """

    blessed: bool
    verdict: Literal["blessed", "refused"]
    reasons: list[str]
    rules: list[Rule]
    forced: str | None
    anchors: bool
    warnings: list[str]
    undecided: list[str]


Outcome = Literal["blessed", "forced", "refused"]


def read_blessing(evaluation: Path) -> Blessing:
    """The blessing of an evaluate artifact; raises BadData when its file does not hold one."""
    file = evaluation / FILE
    content = read_json(file)
    content = {"verdict": "refused", "rules": [], "forced": None} | content
    reasons, rules, forced = content.get("reasons"), content["rules"], content["forced"]
    is_list = isinstance(reasons, list) and all(isinstance(each, str) for each in reasons)
    is_told = isinstance(rules, list) and all(isinstance(each, dict) for each in rules)
    if not (is_list and is_told and "blessed" in content and (forced is None or isinstance(forced, str))):
        raise BadData(f"{file}: not a blessing: evaluate the model again")
    content = {"warnings": [], "undecided": []} | content
    blessing = cast(Blessing, content)
    blessing.setdefault("anchors", outcome(blessing) == "blessed")  # older ones do not say: the line starts with them
    return blessing


def may_be_served(blessing: Blessing) -> bool:
    """Whether the model passed every rule, or a person forced it; anything but `true` refuses."""
    return blessing["blessed"] is True


def outcome(blessing: Blessing) -> Outcome:
    """How it came out; a forced model stays forced wherever it is told of."""
    if not may_be_served(blessing):
        return "refused"
    return "forced" if blessing["forced"] else "blessed"


def refusal(blessing: Blessing) -> str | None:
    """Every reason in one line why a model may not be served; None when it may."""
    return None if may_be_served(blessing) else "; ".join(blessing["reasons"]) or "no reason given"
