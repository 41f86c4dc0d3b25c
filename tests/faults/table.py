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
            ", ".join(f"{e.strength} {WORDS[e.outcome]}" for e in judged if (e.kind, e.dataset) == (kind, dataset))
            for dataset in datasets
        ]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    counts = [
        ", ".join(f"{sum(e.outcome == o for e in judged if e.dataset == d)} {o}" for o in WORDS) for d in datasets
    ]
    return [*lines, f"| **all {len(judged)}** | {' | '.join(counts)} |"]


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
