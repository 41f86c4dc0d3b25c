"""Keeps each whole epoch of a training, so that one that was killed goes on from it and ends with the same bytes.

A folder `epoch-7` holds every variable, and the history so far; it appears by a rename when the disk has all of it. One
that is torn or altered does not agree with its digest and is passed over, for the epoch before.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline_components.train.history import Epoch

log = logging.getLogger(__name__)
KEPT = 2  # epochs: the last one, and one before it in case that the last one is damaged


@dataclass(frozen=True)
class State:
    """What a training goes on from: the epochs so far, the values of its variables, and those of its best epoch."""

    history: list[Epoch]
    values: list[np.ndarray]
    best: list[np.ndarray]


class Checkpoints:
    """The epochs that are kept in a folder, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def newest(self) -> State | None:
        """The state after the last whole epoch; None if there is none."""
        for path in reversed(self._epochs()):
            try:
                return _read(path)
            except (OSError, ValueError, KeyError) as error:
                log.warning("%s is not used: %s", path, error)
        return None

    def save(self, state: State) -> None:
        """Keep the state after an epoch, and let go of the oldest."""
        path = self.folder / f"epoch-{len(state.history)}"
        draft = self.folder / f".{path.name}"
        for leftover in (draft, path):
            shutil.rmtree(leftover, ignore_errors=True)
        draft.mkdir(parents=True)
        _write(draft, state)
        draft.rename(path)
        _sync(self.folder)
        for old in self._epochs()[:-KEPT]:
            shutil.rmtree(old)

    def _epochs(self) -> list[Path]:
        """The folders of epochs, oldest first."""
        return sorted(self.folder.glob("epoch-*"), key=lambda path: int(path.name.removeprefix("epoch-")))


def _write(folder: Path, state: State) -> None:
    with (folder / "values.npz").open("wb") as file:
        np.savez(file, **_named("value", state.values), **_named("best", state.best))
    (folder / "history.json").write_text(json.dumps(state.history))
    (folder / "digest").write_text(_digest(folder))
    for path in (*folder.iterdir(), folder):
        _sync(path)


def _read(folder: Path) -> State:
    if (folder / "digest").read_text() != _digest(folder):
        raise ValueError("its bytes are not those that were written")
    history: list[Epoch] = json.loads((folder / "history.json").read_text())
    with np.load(folder / "values.npz") as arrays:
        named: list[list[np.ndarray]] = [
            [arrays[name] for name in arrays.files if name.startswith(kind)] for kind in ("value", "best")
        ]
    return State(history, *named)


def _named(kind: str, arrays: Sequence[np.ndarray]) -> dict[str, Any]:
    return {f"{kind}_{number}": array for number, array in enumerate(arrays)}


def _digest(folder: Path) -> str:
    sha256 = hashlib.sha256()
    for name in ("values.npz", "history.json"):
        sha256.update((folder / name).read_bytes())
    return sha256.hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
