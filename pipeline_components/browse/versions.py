"""The versions of the served model, and what was done to each: since when, by whom, why, and how good its model is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline_components.errors import StoreError
from pipeline_components.store import ServedModel, Store
from pipeline_components.store.journal import JournalEntry

State = Literal["served", "earlier", "retired", "abandoned"]


@dataclass(frozen=True)
class Version:
    """A version as the journal tells of it; `model` and `accuracy` are None where its export no longer tells."""

    number: int
    state: State
    action: str
    at: str
    who: str
    why: str
    export: str | None
    model: str | None
    accuracy: float | None


def versions_of(store: Store, served: ServedModel) -> list[Version]:
    """Every push and rollback, oldest first; the one that is served now is not always the last in the journal."""
    entries, numbers = served.journal(), served.numbers()
    gone = {entry.version: entry.action for entry in entries if entry.action in ("retired", "abandoned")}
    return [
        _version(store, entry, _state(entry.version, numbers, gone))
        for entry in entries
        if entry.action not in ("retired", "abandoned")
    ]


def told_of(store: Store, served: ServedModel, export: str) -> Iterator[Version]:
    """The versions that serve, or served, an export."""
    return (each for each in versions_of(store, served) if each.export == export)


def _state(number: int, numbers: list[int], gone: dict[int, Literal["retired", "abandoned"]]) -> State:
    if numbers and number == numbers[-1]:
        return "served"
    return gone.get(number) or ("earlier" if number in numbers else "abandoned")


def _version(store: Store, entry: JournalEntry, state: State) -> Version:
    model, accuracy = None, None
    try:
        inputs = store.artifact(entry.export or "").manifest.inputs
        model = inputs["model"]["id"]
        accuracy = store.artifact(inputs["evaluation"]["id"]).manifest.facts["accuracy"]
    except (StoreError, KeyError, TypeError):
        pass  # collected, damaged, or made by another project: the journal still tells the rest
    said = {name: getattr(entry, name) for name in ("action", "at", "who", "why", "export")}
    return Version(entry.version, state, **said, model=model, accuracy=accuracy)
