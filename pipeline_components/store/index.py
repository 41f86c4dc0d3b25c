"""Index from recipe key to artifact: the cost of a lookup does not grow with the store.

`.index/<component>/<ab>` holds the recipe keys that begin with ab, each with the number of an artifact made by it;
`.index/<component>/last` the highest number that was ever given, and which files of the first kind there are. The
folders alone are the truth: what has appeared since is taken in from them, one number after the other, and an index
that is missing, damaged, or older than the collector's list is made anew from all of them.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline_components.errors import StoreError
from pipeline_components.store import catalog, collected, ids, lock
from pipeline_components.store.disk import make_folder, sync_folder, write_new
from pipeline_components.store.seal import read_stamped, stamped

FOLDER = ".index"
LAST = "last"
LINES = re.compile(rb"([0-9a-f]{64} [1-9][0-9]{0,8}\n)*")
HOLE = 100  # so many numbers without an artifact, and a list of the folder is cheaper than a look at each


class _Unfit(Exception):
    """Raised when the index or a file of it is missing, damaged, or does not know what is there."""


@dataclass(frozen=True)
class _State:
    """What `last` says; `collected` is the collector's list at that time, known by its inode, size and ctime."""

    last: int
    parts: list[str]
    collected: list[int] | None


class Index:
    """Which artifacts of a component were made by which recipe, and which number was the last."""

    def __init__(self, root: Path, component: str) -> None:
        self.root = root
        self.component = component
        self.artifacts = root / component
        self.folder = root / FOLDER / component

    def numbers_of(self, key: str) -> list[int]:
        """The numbers of a recipe's artifacts, oldest first: to be checked, some may be gone or not what they were."""
        try:
            _, part = self._ready(key)
        except (_Unfit, OSError, StoreError):  # a store that cannot be written is searched all the same, only slower
            return [number for number, each in self._keys() if each == key]
        return [int(line[65:]) for line in part.splitlines() if line.startswith(key.encode())]

    def newest(self) -> Iterator[int]:
        """The numbers of the artifacts that are there, the highest first."""
        try:
            last, _ = self._ready()
        except (_Unfit, OSError, StoreError):
            yield from reversed(self._numbers())
            return
        absent = 0
        for number in range(last, 0, -1):
            if (self.artifacts / str(number)).is_dir():
                yield number
            elif (absent := absent + 1) == HOLE:
                yield from (each for each in reversed(self._numbers()) if each < number)
                return

    def last(self) -> int:
        """The highest number that was ever given; the caller holds the component's lock."""
        try:
            self.catch_up()
            return self._read()[0]
        except (_Unfit, OSError):
            return self._counted()

    def catch_up(self, key: str = "") -> None:
        """Take in what has appeared since, or make all anew; the caller holds the component's lock."""
        try:
            state = self._state()
            self._part(state, key)
            while self._is_there(state.last + 1):
                state = self._with(state, state.last + 1)
        except _Unfit:
            self.rebuild()

    def take_in(self, number: int) -> None:
        """Take in one artifact that need not be the next, as in a cache; the caller holds the component's lock."""
        try:
            self._with(self._state(), number)
        except _Unfit:
            self.rebuild()

    def rebuild(self) -> None:
        """Make the index from the artifacts alone; the caller holds the component's lock."""
        at = catalog.fingerprint(collected.path(self.root, self.component))
        parts: dict[str, bytes] = {}
        for number, key in self._keys():
            parts[key[:2]] = parts.get(key[:2], b"") + _line(key, number)
        with lock.draft_folder(lock.drafts(self.root)) as draft:
            for name, part in parts.items():
                write_new(draft / name, stamped(name, part))
            write_new(draft / LAST, _rendered(_State(self._counted(), sorted(parts), at)))
            sync_folder(draft)
            make_folder(self.folder.parent)
            if os.path.lexists(self.folder):
                lock.remove(lock.discard(self.root, self.folder))
            lock.reveal(draft, self.folder)

    def _ready(self, key: str = "") -> tuple[int, bytes]:
        """The last number, and what the index has of keys that begin as this one does; mended first if need be."""
        if not self.artifacts.is_dir():
            return 0, b""
        try:
            return self._read(key)
        except _Unfit:
            with lock.locked(self.root, "component", self.component, keep=True):
                self.catch_up(key)
                return self._read(key)

    def _read(self, key: str = "") -> tuple[int, bytes]:
        state = self._state()
        if self._is_there(state.last + 1):
            raise _Unfit
        return state.last, self._part(state, key)

    def _state(self) -> _State:
        try:
            state = _State(**json.loads(read_stamped(self.folder / LAST, LAST)))
        except (OSError, ValueError, TypeError, RecursionError):
            raise _Unfit from None
        if not (type(state.last) is int and 0 <= state.last <= ids.LAST_NUMBER and _are_names(state.parts)):
            raise _Unfit
        if state.collected != catalog.fingerprint(collected.path(self.root, self.component)):
            raise _Unfit
        if self.artifacts.is_symlink():
            raise _Unfit
        return state

    def _part(self, state: _State, key: str) -> bytes:
        name = key[:2]
        if name not in state.parts:
            return b""
        try:
            part = read_stamped(self.folder / name, name)
        except (OSError, ValueError):
            raise _Unfit from None
        if not LINES.fullmatch(part):
            raise _Unfit
        return part

    def _with(self, state: _State, number: int) -> _State:
        """The state with one artifact more: its key is on the disk before the number that counts it."""
        key = catalog.summary(self.root, f"{self.component}/{number}").key
        parts = state.parts
        if ids.is_sha256(key):
            part = self._part(state, key)
            part += b"" if _line(key, number) in part else _line(key, number)
            lock.replace_file(self.root, f"{FOLDER}/{self.component}/{key[:2]}", stamped(key[:2], part))
            parts = sorted({*parts, key[:2]})
        state = _State(max(number, state.last), parts, state.collected)
        lock.replace_file(self.root, f"{FOLDER}/{self.component}/{LAST}", _rendered(state), lasting=False)
        return state

    def _is_there(self, number: int) -> bool:
        return os.path.lexists(self.artifacts / str(number))

    def _keys(self) -> list[tuple[int, str]]:
        found = catalog.summaries(self.root, self.component)
        return [(ids.parse_id(each.id)[1], each.key) for each in found if ids.is_sha256(each.key)]

    def _numbers(self) -> list[int]:
        return catalog.numbers(self.root, self.component)

    def _counted(self) -> int:
        return max([0, *self._numbers(), *collected.collected(self.root, self.component)])


def _are_names(parts: object) -> bool:
    return isinstance(parts, list) and all(isinstance(each, str) for each in parts)


def _line(key: str, number: int) -> bytes:
    return f"{key} {number}\n".encode()


def _rendered(state: _State) -> bytes:
    return stamped(LAST, json.dumps(asdict(state)).encode())
