"""The versions of the served model, and what was done to each: since when, by whom, why, and how good its model is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pipeline_components.errors import StoreError
from pipeline_components.store import ServedModel, Store
from pipeline_components.store.journal import JournalEntry

GOODNESS = ("accuracy", "accuracy_low", "accuracy_high", "examples", "dataset")
State = Literal["served", "earlier", "retired", "abandoned"]


@dataclass(frozen=True)
class Version:
    """A version as the journal tells of it; from `model` on, None where its export no longer tells.

    `accuracy` is of so many test `examples` of the `dataset`, the true one between `accuracy_low` and `_high`.
    """

    number: int
    state: State
    action: str
    at: str
    who: str
    why: str
    export: str | None
    model: str | None
    accuracy: float | None
    accuracy_low: float | None = None
    accuracy_high: float | None = None
    examples: int | None = None
    dataset: str | None = None


def versions_of(store: Store, served: ServedModel, newest: int = 0, export: str | None = None) -> list[Version]:
    """Every push and rollback, oldest first; the one that is served now is not always the last in the journal.

    So many of the newest, if that is not 0; those of one export, if it is named.
    """
    entries, numbers = served.journal(), served.numbers()
    gone = {entry.version: entry.action for entry in entries if entry.action in ("retired", "abandoned")}
    told = [entry for entry in entries if entry.action not in ("retired", "abandoned")]
    told = [entry for entry in told if export is None or entry.export == export][-newest:]
    return [_version(store, entry, _state(entry.version, numbers, gone)) for entry in told]


def current_of(store: Store, served: ServedModel) -> Version | None:
    """The version in service; None before the first push."""
    numbers = served.numbers()
    for entry in reversed(served.journal()) if numbers else ():
        if entry.version == numbers[-1] and entry.action not in ("retired", "abandoned"):
            return _version(store, entry, "served")
    return None


def told_of(store: Store, served: ServedModel, export: str) -> Iterator[Version]:
    """The versions that serve, or served, an export."""
    return iter(versions_of(store, served, export=export))


def _state(number: int, numbers: list[int], gone: dict[int, Literal["retired", "abandoned"]]) -> State:
    if numbers and number == numbers[-1]:
        return "served"
    return gone.get(number) or ("earlier" if number in numbers else "abandoned")


def _version(store: Store, entry: JournalEntry, state: State) -> Version:
    model, facts = None, dict[str, Any]()
    try:
        inputs = store.artifact(entry.export or "").manifest.inputs
        model = inputs["model"]["id"]
        facts = store.artifact(inputs["evaluation"]["id"]).manifest.facts
    except (StoreError, KeyError, TypeError):
        pass  # collected, damaged, or made by another project: the journal still tells the rest
    said = {name: getattr(entry, name) for name in ("action", "at", "who", "why", "export")}
    good: dict[str, Any] = {name: facts.get(name) for name in GOODNESS}
    return Version(entry.version, state, **said, model=model, **good)
