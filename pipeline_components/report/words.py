"""Formatting of numbers and verdicts: as text, and as `<data>` elements that keep the exact value for machines."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from markupsafe import Markup

from pipeline_components.data.blessing import Blessing, Outcome, may_be_served, outcome
from pipeline_components.data.decision import Decision

NONE = "–"


def percent(share: float | None, places: int = 2) -> str:
    """`0.98123` as `98.12%`; what is absent or not finite as a dash."""
    return f"{100 * share:.{places}f}%" if is_number(share) else NONE  # type: ignore[operator]


def interval(low: float | None, high: float | None, places: int = 2) -> str:
    """`97.84–98.37%`."""
    if not (is_number(low) and is_number(high)):
        return NONE
    return f"{100 * low:.{places}f}–{100 * high:.{places}f}%"  # type: ignore[operator]


def number(value: Any, places: int = 4) -> str:
    """Integers with separators, others with so many significant digits, what is next to nothing as `< 0.0001`."""
    if value is None:
        return NONE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value):
        return "not finite"
    return "< 0.0001" if 0 < value < 1e-4 else f"{value:,.{places}g}"


def signed(value: float | None, places: int = 2) -> str:
    """A difference of shares in percentage points: `+0.31`."""
    return f"{100 * value:+.{places}f}".replace("-", "−") if is_number(value) else NONE  # type: ignore[operator]


def fixed(value: float | None, places: int) -> str:
    """`21.4`: so many places, always."""
    return f"{value:,.{places}f}" if is_number(value) else NONE


def is_number(value: Any) -> bool:
    """Whether it is a finite number, and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def exact(text: str, value: Any) -> Markup:
    """The text with its exact value: `<data value="0.9812">98.12%</data>`."""
    return Markup('<data value="{}">{}</data>').format(value, text) if is_number(value) else Markup("{}").format(text)


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def cell(text: Any) -> str:
    """Text that stays in its cell of a Markdown table."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def literal(text: Any) -> str:
    """Text of a stranger's as Markdown that shows it as it is: no mark-up, no HTML, one line."""
    return re.sub(r"([\\`*_\[\]<>|&~#])", r"\\\1", " ".join(str(text).split()))


def decided(decision: Decision) -> str:
    """A person's decision in a sentence: `Approved by anna on 2026-01-31 14:05 UTC, of evaluate/1: it reads better`."""
    at = f" on {decision['at'][:16].replace('T', ' ')} UTC" if decision["at"] else ""
    of = f", of {decision['evaluation']}" if decision["evaluation"] else ""
    return f"{decision['decision'].capitalize()} by {decision['by']}{at}{of}: {decision['reason']}"


def unbroken(text: Any) -> str:
    """Text that a narrow column breaks after commas alone: `≤ 0.0155` stays one word."""
    return ", ".join(part.replace(" ", "\u00a0") for part in str(text).split(", "))


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 rule`, `3 rules`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def every_rule(count: int) -> str:
    """`its one rule is`, `both rules are`, `all 12 rules are`."""
    return {1: "its one rule is", 2: "both rules are"}.get(count, f"all {count} rules are")


def verdict(
    metrics: Mapping[str, Any], blessing: Blessing, decision: Decision | None = None
) -> tuple[Outcome | Literal["rejected"], str]:
    """What was decided, by the rules and by a person if one did, and one plain sentence that says so."""
    rules = blessing.get("rules") or []
    failed = [rule for rule in rules if not rule["passed"]]
    right = f"{percent(metrics['accuracy'])} of {metrics['examples']:,} test images are read correctly"
    decided = outcome(blessing)
    if decided != "refused" and not may_be_served(blessing, decision):
        return "rejected", f"This model is rejected, although the rules let it through: {right}."
    if decided == "forced":
        broken = f" although {plural(len(failed), 'rule')} of {len(rules)} refused it" if failed else ""
        return decided, f"Served by force{broken}: {right}."
    if decided == "blessed":
        met = f", and {every_rule(len(rules))} met" if rules else ""
        return decided, f"This model may be served: {right}{met}."
    broken = f" by {plural(len(failed), 'rule')} of {len(rules)}" if failed else ""
    return decided, f"This model is refused{broken}: {right}."
