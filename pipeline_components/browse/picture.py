"""An artifact's lineage as a picture that one can take in: the nearest of it, laid out from left to right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline_components.errors import StoreError
from pipeline_components.store import Store
from pipeline_components.store.catalog import Summary
from pipeline_components.store.graph import served_models

MOST = 40
Kind = Literal["artifact", "damaged", "missing", "served"]


@dataclass(frozen=True)
class Node:
    """An artifact or a served version; `column` and `row` are its place, from 0."""

    name: str
    word: str
    kind: Kind
    column: int
    row: int


@dataclass(frozen=True)
class Picture:
    """`edges` are (made from, made, as which inputs); `left_out` counts those that a picture has no room for."""

    id: str
    nodes: list[Node]
    edges: list[tuple[str, str, str]]
    left_out: int


def picture_of(store: Store, artifact_id: str, most: int = MOST) -> Picture:
    """What an artifact came from and led to, nearest first, `most` of each at most; raises StoreError for no such one.

    Read from summaries: the cost is that of a list of the store.
    """
    store.artifact(artifact_id)
    known = {each.id: each for each in store.summaries()}
    above = {name: [one for _, one in each.inputs] for name, each in known.items()}
    below: dict[str, list[str]] = {}
    for name in reversed(known):  # the newest of a component first
        for source in dict.fromkeys(above[name]):
            below.setdefault(source, []).append(name)
    up, down = _reached(artifact_id, above), _reached(artifact_id, below)
    shown = dict.fromkeys([*up[: most + 1], *down[: most + 1]])
    edges = [
        (source, name, ", ".join(inputs))
        for name in shown
        if name in known
        for source, inputs in _by_source(known[name]).items()
        if source in shown
    ]
    served = _served(store, shown)
    edges += [(export, name, "push") for name, export in served.items()]
    columns = _columns([*shown, *served], edges)
    nodes = _placed(columns, known, served)
    return Picture(artifact_id, nodes, edges, max(0, len(up) - most - 1) + max(0, len(down) - most - 1))


def _reached(start: str, steps: Mapping[str, list[str]]) -> list[str]:
    """What can be reached, the nearest first."""
    found = {start: None}
    waiting = [start]
    for each in waiting:  # it grows meanwhile
        for other in steps.get(each, ()):
            if other not in found:
                found[other] = None
                waiting.append(other)
    return waiting


def _by_source(summary: Summary) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, source in summary.inputs:
        found.setdefault(source, []).append(name.replace("_", " "))
    return found


def _served(store: Store, shown: Iterable[str]) -> dict[str, str]:
    """`digits/3` → the export in it, for the versions that can be read."""
    members = set(shown)
    found = {}
    for model in served_models(store.documents()):
        for number in model.numbers():
            try:
                export = model.version(number).export
            except StoreError:
                continue
            if export in members:
                found[f"served {model.model}/{number}"] = export
    return found


def _columns(names: list[str], edges: list[tuple[str, str, str]]) -> dict[str, int]:
    """Each one's column: one to the right of the rightmost that it was made from."""
    columns = dict.fromkeys(names, 0)
    for _ in range(len(names)):  # a chain that somebody has forged may come back to where it began
        moved = False
        for source, target, _name in edges:
            if columns[target] <= columns[source] < len(names):
                columns[target], moved = columns[source] + 1, True
        if not moved:
            break
    used = sorted(set(columns.values()))
    return {name: used.index(column) for name, column in columns.items()}


def _placed(columns: Mapping[str, int], known: Mapping[str, Summary], served: Mapping[str, str]) -> list[Node]:
    rows: dict[int, int] = {}
    nodes = []
    for name in sorted(columns, key=_order):
        row = rows[columns[name]] = rows.get(columns[name], -1) + 1
        nodes.append(Node(name, *_said(name, known, served), columns[name], row))
    return nodes


def _order(name: str) -> tuple[str, int]:
    component, _, number = name.rpartition("/")
    return component, int(number) if number.isdigit() else 0


def _said(name: str, known: Mapping[str, Summary], served: Mapping[str, str]) -> tuple[str, Kind]:
    if name in served:
        return "served", "served"
    if name not in known:
        return "missing", "missing"
    if known[name].damage:
        return "damaged", "damaged"
    facts = known[name].facts
    words = (facts.get(each) for each in ("verdict", "dataset", "network"))
    return next((word for word in words if isinstance(word, str)), ""), "artifact"
