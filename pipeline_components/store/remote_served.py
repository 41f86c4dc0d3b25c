"""Served versions that a bucket numbers: one log of pushes, rollbacks and retirements, and a layout on each host.

`served/<model>/<n>.json` is the journal; its last push or rollback is in service. The journal is kept here in the
layout of a folder's own (`mirror.py`), and what is asked of it is answered as there. A host that serves brings the
current version's files into `serving/<model>/<version>/`, which TensorFlow Serving watches.
"""

import getpass
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, BucketUnreachable, StoreError
from pipeline_components.store import disk, files, journal, lock
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.check import check_files, problems_of
from pipeline_components.store.journal import JournalEntry
from pipeline_components.store.ledger import path_of
from pipeline_components.store.mirror import SERVED, Mirror
from pipeline_components.store.publish import settle
from pipeline_components.store.seal import FORMAT, seal
from pipeline_components.store.served import FOLDER, NAME, SAID_AGAIN, ServedModel
from pipeline_components.store.version import SAVED_MODEL, ServedVersion, content_in, content_of, files_in

log = logging.getLogger(__name__)
FRESH_S, RESTED_S = 0.2, 30.0  # how long what was read is new enough; and when the bucket does not answer
FOLLOWED_S = 1.0


class RemoteServedModel(ServedModel):
    """The versions of one model in a bucket; a push or rollback is the journal's next entry, created if absent."""

    def __init__(self, root: Path, model: str, mirror: Mirror) -> None:
        super().__init__(mirror.folder, model)
        self.layout = root / FOLDER / model
        self._cache = root
        self._ledger = mirror.ledger
        self._log = f"{SERVED}/{model}"
        self._read_at = 0.0

    def numbers(self) -> list[int]:
        """The numbers of all versions in the bucket, in order."""
        self._refresh()
        return super().numbers()

    def journal(self) -> list[JournalEntry]:
        """Every push, rollback and retirement on any machine, oldest first."""
        self._refresh()
        return super().journal()

    def version(self, number: int) -> ServedVersion:
        """The version of that number; its files are at `path` when `bring` was called for it."""
        self._refresh()
        return replace(super().version(number), path=self.layout / str(number))

    def bring(self, number: int | None = None) -> ServedVersion | None:
        """Let a version, the current one if none is named, appear whole in this host's layout."""
        version = self.current() if number is None else self.version(number)
        if version is None or version.path.is_dir():
            return version
        with disk.disk_errors(self.layout, "bringing a version"):
            disk.make_folder(self.layout)
            with lock.locked(self._cache, "model", self.model, keep=True), lock.draft_folder(self.layout) as draft:
                if not version.path.is_dir():
                    files.fetch(self._ledger.bucket, version.files, draft)
                    if settle(draft, self.model) != version.files:
                        raise ArtifactDamaged(f"{version.path}: the copy is not what was fetched: check the disk")
                    disk.write_new(draft / NAME, seal({"format": FORMAT, **body_of(version)}))
                    disk.sync_folder(draft)
                    lock.reveal(draft, version.path)
        return version

    def follow(self) -> None:
        """From now on bring each version that is put into service on any machine, as long as the process lives."""

        def go_on() -> None:
            told = ""
            while True:
                try:
                    self._now()
                    self.bring()
                    told = ""
                except (StoreError, OSError) as error:
                    if str(error) != told:
                        log.warning("%s; what is served here stays", told := str(error))
                time.sleep(FOLLOWED_S)

        threading.Thread(target=go_on, name="follow", daemon=True).start()

    def push(
        self,
        artifact: Artifact,
        folder: str = SAVED_MODEL,
        *,
        who: str | None = None,
        why: str = "",
        check: Callable[[ServedVersion | None], object] = lambda current: None,
    ) -> ServedVersion:
        """Put a folder of an artifact into service as the next version; the current one if its files are the same.

        `check` is shown what is in service; nothing else is put there between that and this, or all begins again.
        """
        for problem in problems_of(artifact):
            raise ArtifactDamaged(f"{problem}: not pushed; make the export again")
        wanted = files_in(artifact, folder)
        files.send(self._ledger.bucket, artifact.path / folder, wanted)
        said = {"export": artifact.id, "digest": artifact.digest, "folder": folder, "files": wanted}
        while True:
            entries = self._now()
            current = self.current()
            if current and current.content == content_in(artifact, folder):
                self.bring(current.number)
                return current
            check(current)
            if version := self._append(entries, said | {"action": "push", "who": who, "why": why}, current):
                return version

    def rollback(
        self,
        version: int | None = None,
        *,
        who: str | None = None,
        why: str = "",
        check: Callable[[Path], object] | None = None,
    ) -> ServedVersion:
        """Put an earlier version's bytes back into service, as a new version; `check` loads them first."""
        while True:
            entries = self._now()
            current = self.current()
            earlier = self._way_back(version, current)
            self.bring(earlier.number)
            for problem in check_files(earlier.path, earlier.files, f"{FOLDER}/{self.model}/{earlier.number}", {NAME}):
                raise ArtifactDamaged(f"{problem}: not rolled back to; choose another version")
            if check is not None:
                check(earlier.path)
            said = {name: getattr(earlier, name) for name in SAID_AGAIN}
            if put := self._append(entries, said | {"action": "rollback", "who": who, "why": why}, current):
                return put

    def _append(self, entries: int, said: dict[str, Any], current: ServedVersion | None) -> ServedVersion | None:
        """The version that the journal's next entry puts into service; None if somebody else wrote that entry."""
        number = max([0, *(entry.version for entry in super().journal())]) + 1
        at = datetime.now(UTC).isoformat(timespec="seconds")
        who = getpass.getuser() if said["who"] is None else said["who"]
        body = {"number": number, "origin": number, **said, "at": at, "who": who}
        document = {"version": body, "replaces": current.digest if current else None}
        if not self._ledger.create(path_of(self._log, entries + 1), document):
            return None
        self._now()
        return self.bring(number)

    def _refresh(self) -> None:
        if time.monotonic() - self._read_at > FRESH_S:
            try:
                self._now()
            except BucketUnreachable:
                if not journal.read(self.folder):
                    raise
                self._read_at = time.monotonic() + RESTED_S

    def _now(self) -> int:
        """Take in what the bucket's journal has more than the one here; how many entries it has."""
        with disk.disk_errors(self.folder, "reading the journal"):
            disk.make_folder(self.folder)
            with lock.locked(self.root, "model", self.model, keep=True):
                known = len(journal.read(self.folder))
                last = self._ledger.last(self._log, known)
                for number in range(known + 1, last + 1):
                    self._take_in(number)
        self._read_at = time.monotonic()
        return last

    def _take_in(self, number: int) -> None:
        """Write an entry down here: the version's record first, so that a journal that tells of it is right."""
        document = self._ledger.entry(self._log, number)
        if document is None:
            raise ArtifactNotFound(f"{self._ledger.bucket.address}/{path_of(self._log, number)}: gone: run again")
        if "entry" in document:  # of a version whose files are gone
            journal.append(self.folder, JournalEntry(**document["entry"]))
            return
        body = document["version"]
        entry = JournalEntry(
            at=body["at"],
            action=body["action"],
            version=body["number"],
            export=body["export"],
            digest=body["digest"],
            replaces=document["replaces"],
            who=body["who"],
            why=body["why"],
            content=content_of(body["files"]),
        )
        with lock.draft_folder(self.folder) as draft:
            disk.write_new(draft / NAME, seal({"format": FORMAT, **body}))
            with suppress(OSError):  # it was written down before the journal's line was lost
                draft.rename(self.folder / str(entry.version))
        journal.append(self.folder, entry)


def body_of(version: ServedVersion) -> dict[str, Any]:
    """What the bucket's journal and `version.json` say of a version."""
    return {name: value for name, value in asdict(version).items() if name != "path"}
