"""How `digits diff` tells what differs: what it comes to, then the causes, and the rest as a count."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from pipeline_components.browse.diff import AccuracyChange, Difference
from pipeline_components.commands.tables import print_table, short
from pipeline_components.terminal import wrapped

OWN = "pipeline_components/"  # before the name of every file of code
DETAILS = ("metric", "confusion", "file")
MOST = 24  # characters of a value


def print_differences(
    one: str, other: str, found: Sequence[Difference], change: AccuracyChange | None, *, details: bool
) -> None:
    """The change of accuracy in a sentence, the differences in a table, and how many details are left out."""
    if change:
        print(wrapped(said(change)), end="\n\n")
    shown = [each for each in found if details or not _is_detail(each)]
    rows = [(each.kind, each.name.removeprefix(OWN), _value(each.one), _value(each.other)) for each in shown]
    print_table(("", "", one, other), rows)
    if len(shown) < len(found):
        counts = Counter(each.kind for each in found if each not in shown)
        named = ", ".join(f"{count} of {kind}" for kind, count in counts.items())
        print(wrapped(f"… and {len(found) - len(shown)} details ({named}): digits diff {one} {other} --details"))


def _is_detail(each: Difference) -> bool:
    """Whether it is one of many numbers, or a fact that is prose."""
    return each.kind in DETAILS or (each.kind == "fact" and " " in each.one + each.other)


def said(change: AccuracyChange) -> str:
    """`test accuracy 0.8980 → 0.9070: +0.90 points (95 % interval −0.08 to +1.87), on the same 1,000 images …`."""
    by, low, high = (_points(each) for each in (change.other - change.one, change.low, change.high))
    what = f"test accuracy {change.one:.4f} → {change.other:.4f}: {by} points (95 % interval {low} to {high})"
    if change.newly_right is None:
        return f"{what}, on other test images"
    pairs = f"{change.newly_right:,} newly right, {change.newly_wrong:,} newly wrong"
    return f"{what}, on the same {change.examples:,} test images: {pairs}"


def _points(share: float) -> str:
    """A difference in percentage points, with its sign."""
    return f"{100 * share:+.2f}".replace("-", "−")


def _value(text: str) -> str:
    """Four digits of a number with more, so many characters of anything."""
    with suppress(ValueError):
        if "." in text or "e-" in text:
            return short(float(text))
    return short(text, MOST)
