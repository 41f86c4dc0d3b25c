"""The ledger: small documents that are created if absent, and logs of them, numbered from 1 without a gap.

A log is `<name>/<9 digits>.json`. Whoever appends has seen every entry before, so of two that append at once one
wins, and the other sees what the winner wrote before it tries the next number. No document of a log is replaced, but by
the collector, which leaves a smaller one in its place: a number is never free again.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.store.bucket import Bucket, Exists, writer_id
from pipeline_components.store.seal import FORMAT, seal, unseal

Document = dict[str, Any]
PAGE = 1_000  # names that a bucket lists in one request


class Ledger:
    """Documents in a bucket, each sealed: a change of any byte is seen on reading, as ArtifactDamaged."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def create(self, path: str, document: Document) -> bool:
        """Write a document if there is none of that name; False if somebody else's is there."""
        try:
            self.bucket.create(path, _sealed({**document, "writer": writer_id()}))
        except Exists:
            return False
        return True

    def put(self, path: str, document: Document) -> None:
        """Write a document in place of whatever is there."""
        self.bucket.put(path, _sealed(document))

    def get(self, path: str) -> Document | None:
        """The document, None if there is none; raises ArtifactDamaged if its bytes are not those that were written."""
        raw = self.bucket.get(path)
        return None if raw is None else unseal(raw, f"{self.bucket.address}/{path}")

    def names(self, folder: str) -> dict[str, datetime]:
        """The documents below a folder, `a/b` for `<folder>/a/b.json`, and when each was last written."""
        found = self.bucket.list(folder)
        return {each.path.removeprefix(f"{folder}/").removesuffix(".json"): each.changed_at for each in found}

    def entry(self, log: str, number: int) -> Document | None:
        """The document of that number in a log; None if the log ends before it."""
        return self.get(path_of(log, number))

    def last(self, log: str, known: int = 0) -> int:
        """The number of a log's last entry, 0 if it is empty; `known` is one that is known to be there.

        A long log is not listed: two looks at each power of two of what is missing come near its end.
        """
        found = self.bucket.list(log, after=path_of(log, known) if known else None, most=PAGE)
        last = max([known, *(int(each.path[-14:-5]) for each in found if each.path[-14:-5].isdigit())])
        return last if len(found) < PAGE else self.last(log, self._near_last(log, last))

    def _near_last(self, log: str, number: int) -> int:
        """A number that is there, with fewer than a page after it."""
        step = PAGE
        while self.bucket.head(path_of(log, number + step)):
            number, step = number + step, step * 2
        while (step := step // 2) >= PAGE:
            if self.bucket.head(path_of(log, number + step)):
                number += step
        return number

    def append(
        self, log: str, known: int, make: Callable[[int], Document], seen: Callable[[int, Document], bool]
    ) -> int:
        """Add what `make(number)` gives as the next entry; its number.

        Before, `seen(number, entry)` is shown every entry after `known`, which must be there; when it says that one
        will do instead, nothing is added, and that one's number is given.
        """
        number = known + 1
        while True:
            entry = self.entry(log, number)
            if entry is None and self.create(path_of(log, number), make(number)):
                return number
            entry = entry or self.entry(log, number)
            if entry is None:
                raise ArtifactDamaged(f"{self.bucket.address}/{path_of(log, number)}: was there and is gone: run again")
            if seen(number, entry):
                return number
            number += 1


def path_of(log: str, number: int) -> str:
    """`artifacts/train/000000007.json`: names in the order of their numbers."""
    return f"{log}/{number:09d}.json"


def _sealed(document: Document) -> bytes:
    return seal({"format": FORMAT, **json.loads(json.dumps(document, allow_nan=False))})
