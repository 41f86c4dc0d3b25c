"""Results as a table in Markdown."""

from collections.abc import Sequence
from itertools import groupby

from tests.faults.judging import Judged

WORDS = {"found": "✕", "warned": "!", "missed": "–"}


def of(judged: Sequence[Judged]) -> str:
    """Faults by kind with their strengths, and the false alarms by dataset."""
    faults = [each for each in judged if not each.kind.startswith("clean")]
    clean = [each for each in judged if each.kind.startswith("clean")]
    return "\n".join([*_faults(faults), "", *_clean(clean)])


def _faults(judged: Sequence[Judged]) -> list[str]:
    datasets = sorted({each.dataset for each in judged}, reverse=True)
    lines = [f"| fault | {' | '.join(datasets)} |", f"|---|{'---|' * len(datasets)}"]
    kinds = dict.fromkeys(each.kind for each in judged)
    for kind in kinds:
        cells = [
            ", ".join(f"{e.strength} {_said(e)}" for e in judged if (e.kind, e.dataset) == (kind, dataset))
            for dataset in datasets
        ]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    own = [[e for e in judged if e.dataset == dataset] for dataset in datasets]
    counts = [", ".join(f"{sum(e.outcome == o for e in each)} {o}" for o in WORDS) for each in own]
    gate = [", ".join(f"{sum(e.verdict == v for e in each)} {v}" for v in ("refused", "blessed")) for each in own]
    return [
        *lines,
        f"| **all {len(judged)}** | {' | '.join(counts)} |",
        f"| **of those let through** | {' | '.join(gate)} |",
    ]


def _said(each: Judged) -> str:
    """What preprocess said, and the gate; of what it let through the points that were lost, if more than one."""
    if each.verdict == "refused":
        return f"{WORDS[each.outcome]} ⊘"
    return f"{WORDS[each.outcome]} (−{each.lost})" if each.lost > 1 else WORDS[each.outcome]


def _clean(judged: Sequence[Judged]) -> list[str]:
    lines = ["| clean resamples | tried | errors | warnings | which |", "|---|--:|--:|--:|---|"]
    rows = sorted(judged, key=_half)
    for half, found in groupby(rows, key=_half):
        each = list(found)
        alarms = dict.fromkeys(
            f"{e.dataset} {e.strength} {', '.join(e.anomalies)}" for e in each if e.outcome == "warned"
        )
        errors, warnings = (sum(e.outcome == outcome for e in each) for outcome in ("found", "warned"))
        lines.append(f"| {half} | {len(each)} | {errors} | {warnings} | {'; '.join(alarms)} |")
    return lines


def _half(each: Judged) -> str:
    return "thresholds judged on" if int(each.strength.rpartition("#")[2]) % 2 else "thresholds set on"
