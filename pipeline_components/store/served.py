"""Versions in service: `serving/<model>/<version>/`, the layout that TensorFlow Serving watches."""

import getpass
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline_components.errors import ArtifactDamaged, ArtifactNotFound, StoreError
from pipeline_components.regular_files import open_regular
from pipeline_components.store import catalog, disk, ids, journal, lock
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.check import check_files, problems_of
from pipeline_components.store.journal import JournalEntry
from pipeline_components.store.manifest import expect_files
from pipeline_components.store.publish import expect_own
from pipeline_components.store.seal import FORMAT, read_sealed, seal
from pipeline_components.store.version import SAVED_MODEL, ServedVersion, content_in, content_of, files_in

FOLDER = "serving"
SAID_AGAIN = ("export", "digest", "folder", "files", "origin")  # what a rollback repeats of a version
NAME = "version.json"
PUT = ("push", "rollback")


class ServedModel:
    """The versions of one model; the highest number is the one in service."""

    def __init__(self, store_root: Path | str, model: str) -> None:
        if not ids.is_component(model):
            raise StoreError(f"{ids.shown(model)}: not a model's name: expected lower-case letters, digits and _")
        self.root = Path(store_root)
        self.model = model
        self.folder = self.root / FOLDER / model
        self.layout = self.folder

    def bring(self, number: int | None = None) -> ServedVersion | None:
        """The version of a number, or the current one, with its files in `layout`, where a server looks."""
        return self.current() if number is None else self.version(number)

    def follow(self) -> None:
        """Let `layout` have what is put into service elsewhere; in a folder of one's own, it has."""

    def numbers(self) -> list[int]:
        """The numbers of all versions in the folder, in order."""
        return catalog.numbered(self.folder)

    def version(self, number: int) -> ServedVersion:
        """The version of that number, its record checked and its files not."""
        path = self.folder / str(number)
        body = read_sealed(path / NAME)
        if body is None:
            raise (
                ArtifactDamaged(f"{path / NAME}: missing") if path.is_dir() else ArtifactNotFound(self._missing(number))
            )
        body.pop("format")
        try:
            version = ServedVersion(path=path, **body)
        except TypeError:
            raise ArtifactDamaged(f"{path / NAME}: other fields than expected: restore it from a copy") from None
        _check(version, str(path / NAME))
        if version.number != number:
            raise ArtifactDamaged(f"{path / NAME}: number {version.number} found, {number} expected")
        return version

    def _missing(self, number: int) -> str:
        retired = [each for each in self.journal() if (each.action, each.version) == ("retired", number)]
        what = f"retired on {retired[0].at[:10]}" if retired else "no such version"
        return (
            f"version {number} of model {self.model}: {what}: there are {', '.join(map(str, self.numbers())) or 'none'}"
        )

    def versions(self) -> list[ServedVersion]:
        """All versions, oldest first; raises ArtifactDamaged if one's record has changed."""
        found = []
        for number in self.numbers():
            with suppress(ArtifactNotFound):  # retired a moment ago
                found.append(self.version(number))
        return found

    def current(self) -> ServedVersion | None:
        """The version in service; None before the first push."""
        numbers = self.numbers()
        return self.version(numbers[-1]) if numbers else None

    def journal(self) -> list[JournalEntry]:
        """Every push and rollback as it was begun, oldest first; `abandoned` follows one that a crash cut short.

        `retired` tells that the collector took a version away.
        """
        return journal.read(self.folder)

    def withdrawn(self, content: str) -> JournalEntry | None:
        """The rollback from these very files, if nobody has put them back since.

        It is the files that are withdrawn: the same model comes with other manifests when it is evaluated beside
        another champion, or made by other code.
        """
        entries = self._done()
        contents = {entry.digest: self._content(entry) for entry in entries}
        found = None
        for entry in entries:
            if entry.action == "rollback" and contents.get(entry.replaces) == content:
                found = entry
            elif contents[entry.digest] == content:
                found = None
        return found

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

        `check` is shown what is in service, under the lock: nothing else can be put there before this is, and what it
        raises leaves that as it is. Raises StoreError naming the file if a byte is not as the manifest says.
        """
        for problem in problems_of(artifact):
            raise ArtifactDamaged(f"{problem}: not pushed; make the export again")
        files = files_in(artifact, folder)
        with self._locked("pushing"):
            current = self._settled()
            if current and current.content == content_in(artifact, folder):
                return current
            check(current)
            said = {"export": artifact.id, "digest": artifact.digest, "folder": folder, "files": files}
            return self._put(artifact.path / folder, said | {"action": "push", "who": who, "why": why})

    def rollback(
        self,
        version: int | None = None,
        *,
        who: str | None = None,
        why: str = "",
        check: Callable[[Path], object] | None = None,
    ) -> ServedVersion:
        """Put an earlier version's bytes back into service, as a new version; `check` loads them first.

        Without a number: the last one before what is now served that is another model and was not withdrawn.
        """
        with self._locked("rolling back"):
            current = self._settled()
            earlier = self._way_back(version, current)
            for problem in check_files(earlier.path, earlier.files, f"{FOLDER}/{self.model}/{earlier.number}", {NAME}):
                raise ArtifactDamaged(f"{problem}: not rolled back to; choose another version")
            if check is not None:
                check(earlier.path)
            said = {name: getattr(earlier, name) for name in SAID_AGAIN}
            return self._put(earlier.path, said | {"action": "rollback", "who": who, "why": why})

    def retirable(self, keep: int) -> list[int]:
        """The versions before the newest `keep`, without the one in service and the one that a rollback would go to."""
        numbers, current = self.numbers(), self.current()
        spared = [current, current and self._before(current)]
        return [
            number
            for number in numbers[: max(0, len(numbers) - keep)]
            if number not in [each.number for each in spared if each]
        ]

    def retire(self, numbers: list[int], *, who: str | None = None, why: str = "") -> None:
        """Write down that versions go, then remove them; the caller holds the store's lock, and nobody else does."""
        if numbers:
            self._settled()
        for number in sorted(set(numbers) & set(self.numbers())):
            version = self.version(number)
            said = {"action": "retired", "export": version.export, "digest": version.digest, "who": who, "why": why}
            journal.append(self.folder, entry_of(number, said, None))
        if numbers:
            self._settled()

    def _way_back(self, version: int | None, current: ServedVersion | None) -> ServedVersion:
        """The version that a rollback goes to: the one of that number, or the last that `_before` finds."""
        if current is None:
            raise StoreError(f"{self.root}: no model is served yet, so there is nothing to roll back to")
        earlier = self.version(version) if version is not None else self._before(current)
        if earlier is None:
            raise StoreError(self._no_way_back(current))
        if earlier.content == current.content:
            raise StoreError(
                f"version {current.number} of model {self.model} is served, and is the same as {earlier.number}"
            )
        return earlier

    def _before(self, current: ServedVersion) -> ServedVersion | None:
        """The last version before this one that is another model and was not withdrawn."""
        for number in reversed([number for number in self.numbers() if number < current.origin]):
            earlier = self.version(number)
            if earlier.content != current.content and not self.withdrawn(earlier.content):
                return earlier
        return None

    def _no_way_back(self, current: ServedVersion) -> str:
        """Why no version follows by itself, and which can be named."""
        what = f"model {self.model}: no version before {current.number} to roll back to"
        others = [str(each.number) for each in self.versions() if each.content != current.content]
        if not others:
            return f"{what}: no other model was ever served"
        return (
            f"{what} by itself: {', '.join(others)} were rolled back from: name one, as in digits rollback {others[-1]}"
        )

    @contextmanager
    def _locked(self, doing: str) -> Iterator[None]:
        """One change at a time, and no collection meanwhile; raises StoreError in a folder that is a bucket's cache."""
        with ExitStack() as stack:
            stack.enter_context(disk.disk_errors(self.folder, doing))
            disk.make_folder(self.folder)
            stack.enter_context(lock.locked(self.root, "store", shared=True, keep=True))
            expect_own(self.root)
            stack.enter_context(lock.locked(self.root, "model", self.model, keep=True))
            yield

    def _done(self) -> list[JournalEntry]:
        """The journal's pushes and rollbacks that came to be served."""
        entries = self.journal()
        abandoned = {entry.version for entry in entries if entry.action == "abandoned"}
        if entries and entries[-1].action in PUT and not (self.folder / str(entries[-1].version)).exists():
            abandoned.add(entries[-1].version)
        return [entry for entry in entries if entry.action in PUT and entry.version not in abandoned]

    def _content(self, entry: JournalEntry) -> str | None:
        """The content of what an entry put into service; lines of old do not say, but the version may be there."""
        if entry.content is None:
            with suppress(StoreError):
                return self.version(entry.version).content
        return entry.content

    def _settled(self) -> ServedVersion | None:
        """The current version, after what a crash left of an earlier change is written down and cleared away."""
        entries = self.journal()
        if entries and entries[-1].action in PUT:
            self._abandon(entries[-1])
        self._remove({entry.version for entry in entries if entry.action == "retired"})
        lock.sweep(self.folder)
        return self.current()

    def _remove(self, retired: set[int]) -> None:
        trash = [lock.discard(self.root, self.folder / str(number)) for number in self.numbers() if number in retired]
        if trash:
            disk.sync_folder(self.folder)
        for path in trash:
            shutil.rmtree(path, ignore_errors=True)

    def _abandon(self, entry: JournalEntry) -> None:
        """Write down that a push or rollback never came to be served, unless it did."""
        if not (self.folder / str(entry.version)).exists():
            said = {"action": "abandoned", "who": entry.who, "why": "interrupted: never served"}
            journal.append(self.folder, entry_of(entry.version, said, None))

    def _put(self, source: Path, said: dict[str, Any]) -> ServedVersion:
        """Copy, compare the copy, wait for the disk, write it down, and only then let it be seen."""
        number = max([0, *self.numbers(), *(entry.version for entry in self.journal())]) + 1
        entry = entry_of(number, said, self.current())
        body = {"format": FORMAT, "number": number, "origin": number, **said, "at": entry.at, "who": entry.who}
        need = sum(file["size"] for file in said["files"].values())
        with disk.disk_errors(self.folder, f"serving {said['export']}", need), lock.draft_folder(self.folder) as draft:
            _copy(source, draft, said["files"])
            for problem in check_files(draft, said["files"], f"the copy of {said['export']}", set()):
                raise ArtifactDamaged(f"{problem}: not served")
            disk.write_new(draft / NAME, seal(body))
            for name in [*disk.listing(draft).folders, "."]:
                disk.sync_folder(draft / name)
            journal.append(self.folder, entry)
            try:
                lock.reveal(draft, self.folder / str(number))
            except BaseException:
                self._abandon(entry)
                raise
        body.pop("format")
        return ServedVersion(path=self.folder / str(number), **body)


def _check(version: ServedVersion, name: str) -> None:
    """Refuse a record with a value of another type than its field has."""
    for field in fields(version):
        value = getattr(version, field.name)
        if field.name not in ("path", "files") and type(value) is not field.type:
            raise ArtifactDamaged(f"{name}: {field.name}: {ids.shown(value)} found: restore it from a copy")
    if not (ids.is_id(version.export) and 0 < version.origin <= ids.LAST_NUMBER):
        raise ArtifactDamaged(f"{name}: export or origin is none: restore it from a copy")
    expect_files(version.files, name, NAME)


def _copy(source: Path, draft: Path, files: dict[str, dict[str, Any]]) -> None:
    for name in files:
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(open_regular(source / name), "rb") as original, (draft / name).open("xb") as copy:
            shutil.copyfileobj(original, copy, 2**20)
            copy.flush()
            os.fsync(copy.fileno())


def entry_of(version: int, said: dict[str, Any], replaces: ServedVersion | None) -> JournalEntry:
    """A line of the journal, as of now: what was done with a version, by whom, and what that replaces."""
    return JournalEntry(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        action=said["action"],
        version=version,
        export=said.get("export"),
        digest=said.get("digest"),
        content=content_of(said["files"]) if "files" in said else None,
        replaces=replaces.digest if replaces else None,
        who=getpass.getuser() if said["who"] is None else said["who"],
        why=said["why"],
    )
