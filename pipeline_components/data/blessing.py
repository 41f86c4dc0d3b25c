"""blessing.json: what an evaluation decided; and the one place that makes of it, and of a person's, "may be served"."""

from pathlib import Path
from typing import Literal, TypedDict, cast

from pipeline_components.data.decision import Decision, approves, is_answered, said
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
    it and should be known; `undecided` where the numbers cannot tell; `tied` that the champion is neither better nor
    beaten.
    """

    blessed: bool
    verdict: Literal["blessed", "refused"]
    reasons: list[str]
    rules: list[Rule]
    forced: str | None
    anchors: bool
    warnings: list[str]
    undecided: list[str]
    tied: bool


Outcome = Literal["blessed", "forced", "refused"]
Judged = Literal["blessed", "undecided", "refused"]


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
    content = {"warnings": [], "undecided": [], "tied": False} | content
    blessing = cast(Blessing, content)
    blessing.setdefault("anchors", outcome(blessing) == "blessed")  # older ones do not say: the line starts with them
    return blessing


def judged(blessing: Blessing) -> Judged:
    """The verdict by the rules alone: undecided meets all of them, and is not shown to be better than the champion."""
    if blessing["blessed"] is not True:
        return "refused"
    is_open = not blessing["forced"] and (blessing["tied"] or bool(blessing["undecided"]))
    return "undecided" if is_open else "blessed"


def is_asked(blessing: Blessing, approval: str) -> bool:
    """Whether a person has to approve a model before it is served; by a word that is not known, all."""
    if approval == "never":
        return False
    return judged(blessing) in (("undecided",) if approval == "inconclusive" else ("blessed", "undecided"))


def may_be_served(blessing: Blessing, decision: Decision | None = None, approval: str = "never") -> bool:
    """Whether a model passed every rule, or a person forced it, and who has to approve it does.

    `decision` is what was decided about it last, if anything: a rejection holds whoever is to be asked, until there is
    another. Anything but `true` refuses, anything but `approved` rejects.
    """
    if blessing["blessed"] is not True:
        return False
    return not is_asked(blessing, approval) if decision is None else approves(decision)


def awaits_decision(blessing: Blessing, decision: Decision | None, approval: str) -> bool:
    """Whether it is a person's turn: to be asked, and nobody has answered yet."""
    return is_asked(blessing, approval) and (decision is None or not is_answered(decision))


def outcome(blessing: Blessing) -> Outcome:
    """How the rules came out; a forced model stays forced wherever it is told of."""
    if not may_be_served(blessing):
        return "refused"
    return "forced" if blessing["forced"] else "blessed"


def refusal(blessing: Blessing, decision: Decision | None = None, approval: str = "never") -> str | None:
    """Every reason in one line why a model may not be served; None when it may."""
    if may_be_served(blessing, decision, approval):
        return None
    if blessing["blessed"] is not True:
        return "; ".join(blessing["reasons"]) or "no reason given"
    return said(decision) if decision else "nobody has approved it yet"
