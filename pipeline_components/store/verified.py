"""When the whole store was last verified, and what came of it: remembered beside the list of artifacts."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline_components.store.check import Problem
from pipeline_components.store.lock import replace_file
from pipeline_components.store.seal import read_stamped, stamped

FILE = ".cache/verified"
MOST = 20  # problems that are remembered in words


@dataclass(frozen=True)
class Verified:
    """When it ended, how many problems were found, and the first of them in words."""

    at: str
    problems: int
    first: list[str]


def remember(root: Path, problems: Sequence[Problem]) -> None:
    """Write down what a verification of the whole store found, where the store can be written."""
    told = Verified(datetime.now(UTC).isoformat(timespec="seconds"), len(problems), [*map(str, problems[:MOST])])
    with suppress(OSError):
        if root.is_dir():
            replace_file(root, FILE, stamped(FILE, json.dumps(asdict(told)).encode()), lasting=False)


def last_verified(root: Path) -> Verified | None:
    """What was written down last; None if nothing was, or it is not as it was written."""
    try:
        told = Verified(**json.loads(read_stamped(root / FILE, FILE)))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    is_list = isinstance(told.first, list) and all(isinstance(each, str) for each in told.first)
    return told if is_list and isinstance(told.at, str) and type(told.problems) is int else None
