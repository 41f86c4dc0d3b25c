"""What is noted of artifacts in a bucket: pins, and the last use. Its collectors look at both.

`pins/<component>/<n>.json`, `uses/<component>/<n>.json`; `pinnings/<component>/<n>/` is the log of who has pinned and
unpinned an artifact. Whoever notes looks afterwards whether a collector has marked
the artifact meanwhile; a collector marks it first, and then looks at the notes.
"""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline_components.errors import ArtifactNotFound, StoreError
from pipeline_components.store.bucket import writer_id
from pipeline_components.store.claims import KEYS
from pipeline_components.store.disk import make_folder
from pipeline_components.store.ledger import Ledger, path_of
from pipeline_components.store.mirror import ARTIFACTS, ids_in, is_collected, path_in
from pipeline_components.store.pins import wish

PINS = "pins"
PINNINGS = "pinnings"
USES = "uses"
NOTED_S = 3600.0


class Notes:
    """The notes in a bucket; `folder` remembers which uses this machine has noted within the hour."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self._ledger = ledger
        self._folder = folder

    def pins(self) -> dict[str, dict[str, Any]]:
        """Artifact id → when, why and by whom it was pinned."""
        found = {each: self._ledger.get(path_in(PINS, each)) for each in ids_in(self._ledger, PINS)}
        return {
            each: {name: value for name, value in pin.items() if name in ("at", "why", "who")}
            for each, pin in found.items()
            if pin is not None
        }

    def pinnings(self, artifact_id: str) -> list[dict[str, Any]]:
        """Every time that an artifact was pinned or unpinned, oldest first: `action`, `at`, `why`, `who`."""
        log = f"{PINNINGS}/{artifact_id}"
        found = [self._ledger.entry(log, int(number)) for number in sorted(self._ledger.names(log))]
        return [{name: each.get(name, "") for name in ("action", "at", "why", "who")} for each in found if each]

    def pin(self, artifact_id: str, why: str, who: str | None) -> None:
        """Pin an artifact; raises ArtifactNotFound if a collector has taken it."""
        said = wish(why, who)
        self._ledger.put(path_in(PINS, artifact_id), said)
        if not self._stands(artifact_id):
            self._ledger.bucket.delete(path_in(PINS, artifact_id))
            where = self._ledger.bucket.address
            raise ArtifactNotFound(f"{artifact_id}: not in {where} any more: a collector has taken it")
        self._say(artifact_id, {"action": "pin"} | said)

    def unpin(self, artifact_id: str, why: str, who: str | None) -> None:
        """Take a pin back; raises StoreError if there is none."""
        if self._ledger.get(path_in(PINS, artifact_id)) is None:
            raise StoreError(f"{artifact_id}: not pinned; pinned: {', '.join(self.pins()) or 'none'}")
        self._ledger.bucket.delete(path_in(PINS, artifact_id))
        self._say(artifact_id, {"action": "unpin"} | wish(why, who))

    def use(self, artifact_id: str, *, look: bool = False) -> bool:
        """Note a use, at most once an hour, and look then, or whenever asked to; False if the artifact is not there."""
        if self._is_noted(artifact_id):
            return not look or self._stands(artifact_id)
        self._ledger.put(path_in(USES, artifact_id), {"writer": writer_id()})
        stands = self._stands(artifact_id)
        if stands:
            self.remember(artifact_id)
        return stands

    def remember(self, artifact_id: str) -> None:
        """That the bucket knows of a use by now, or of the artifact's making."""
        noted = self._folder / artifact_id
        make_folder(noted.parent)
        noted.touch()

    def _say(self, artifact_id: str, said: dict[str, str]) -> None:
        self._ledger.append(f"{PINNINGS}/{artifact_id}", 0, lambda _: said, lambda *_: False)

    def _is_noted(self, artifact_id: str) -> bool:
        with suppress(OSError):
            return time.time() - (self._folder / artifact_id).stat().st_mtime < NOTED_S
        return False

    def _stands(self, artifact_id: str) -> bool:
        """Whether an artifact is in the log, and no collector has marked its recipe's claim."""
        entry = self._ledger.get(path_in(ARTIFACTS, artifact_id))
        if entry is None or is_collected(entry):
            return False
        return not is_collected(self._ledger.get(path_of(f"{KEYS}/{entry['key']}", entry["claim"])) or {})
