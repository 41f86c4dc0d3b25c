"""Collecting what nobody needs: old artifacts out of reach of anything served, pinned, running or recent."""

import os
import shutil
import time
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_components.errors import StoreError
from pipeline_components.store import catalog, collected, runs
from pipeline_components.store.disk import disk_errors, sync_folder
from pipeline_components.store.graph import Graph, graph_of, mentioned, served_models
from pipeline_components.store.ids import parse_id
from pipeline_components.store.index import Index
from pipeline_components.store.lock import discard, hold, locked
from pipeline_components.store.pins import pins
from pipeline_components.store.publish import expect_own
from pipeline_components.store.served import FOLDER
from pipeline_components.store.workspaces import drop_idle

DAY_S = 86400.0


@dataclass(frozen=True)
class Policy:
    """What to keep besides what is served, pinned or in use, and everything those were made from.

    `keep` newest artifacts of each component (`keep_of` for one by name), all that were used within `days`, and all
    that the last `runs` pipeline runs used. Nothing used within `grace_hours` goes: a run may be between two steps.
    Of each served model the newest `versions` stay, with the one that a rollback would go to.
    """

    keep: int = 3
    keep_of: dict[str, int] = field(default_factory=dict)
    days: float = 30.0
    runs: int = 10
    grace_hours: float = 24.0
    versions: int = 10


@dataclass(frozen=True)
class Collection:
    """What was, or would be, collected and retired from service, in bytes; why each other artifact is kept."""

    collected: dict[str, int]
    retired: dict[str, int]
    kept: dict[str, str]
    is_dry_run: bool

    @property
    def freed_bytes(self) -> int:
        """The bytes of all that goes."""
        return sum([*self.collected.values(), *self.retired.values()])


def collect(root: Path, policy: Policy | None = None, *, dry_run: bool = True) -> Collection:
    """Remove every artifact that the policy does not keep; raises StoreError rather than guess at a damaged record.

    Publishing, pushing, pinning and recording wait for the moment in which it decides and renames; an artifact that a
    process reads through the store is locked and stays.
    """
    policy = policy or Policy()
    expect_own(root)
    with disk_errors(root, "collecting"), locked(root, "store", keep=True):
        graph = graph_of(root)
        retiring = [(model, model.retirable(policy.versions)) for model in served_models(root)]
        retired = {f"{FOLDER}/{model.model}/{n}": _size(model.folder / str(n)) for model, ns in retiring for n in ns}
        now = time.time()
        idle_s = {each: now - (root / each).lstat().st_mtime for each in [*graph.artifacts, *graph.damaged]}
        kept = kept_by(policy, graph, held(root, policy, retired, pins(root)), idle_s)
        doomed = [each for each in graph.users_first() if each not in kept]
        sizes = {each: _size(root / each) for each in doomed}
        if dry_run:
            return Collection(sizes, retired, kept, True)
        catalog.sweep(root)
        drop_idle(root)
        for model, numbers in retiring:
            model.retire(numbers, why=f"older than the newest {policy.versions}")
        trash = _discard(root, graph, doomed, kept)
    for path in trash.values():
        shutil.rmtree(path, ignore_errors=True)
    return Collection({each: sizes[each] for each in trash}, retired, kept, False)


def held(root: Path, policy: Policy, retired: Container[str], pinned: Iterable[str]) -> dict[str, list[str]]:
    """Reason to keep → the artifacts that it holds, whenever they were used."""
    return {
        "served": _served(root, retired),
        "pinned": list(pinned),
        f"used by one of the last {policy.runs} runs": _recent_runs(root, policy.runs),
    }


def kept_by(
    policy: Policy, graph: Graph, holds: Mapping[str, list[str]], idle_s: Mapping[str, float]
) -> dict[str, str]:
    """Artifact → the first reason to keep it; `idle_s` are the seconds since each was used."""
    kept: dict[str, str] = {}
    for reason, roots in holds.items():
        _refuse_damaged(graph, roots, reason)
        _keep(graph, kept, roots, reason)
    _keep(graph, kept, [each for each in idle_s if idle_s[each] < policy.grace_hours * 3600], "just used")
    _keep(graph, kept, [each for each in idle_s if idle_s[each] < policy.days * DAY_S], f"used in {policy.days:g} days")
    _keep(graph, kept, _newest(graph, policy), "among the newest")
    return kept


def _refuse_damaged(graph: Graph, roots: list[str], reason: str) -> None:
    for each in sorted(graph.ancestors(roots) & graph.damaged.keys()):
        raise StoreError(f"{graph.damaged[each]}; nothing collected, for what is {reason} was made from {each}")


def _keep(graph: Graph, kept: dict[str, str], roots: Iterable[str], reason: str) -> None:
    direct = set(roots)
    for each in sorted(graph.ancestors(direct) & (graph.artifacts.keys() | graph.damaged.keys())):
        kept.setdefault(each, reason if each in direct else f"an input of one {reason}")


def _served(root: Path, retired: Container[str]) -> list[str]:
    return [
        version.export
        for model in served_models(root)
        for version in model.versions()
        if f"{FOLDER}/{model.model}/{version.number}" not in retired
    ]


def _recent_runs(root: Path, count: int) -> list[str]:
    recent = runs.run_ids(root)[-count:] if count else []
    return sorted({each for run_id in recent for each in mentioned(runs.read_run(root, run_id))})


def _newest(graph: Graph, policy: Policy) -> list[str]:
    return [
        f"{component}/{number}"
        for component, numbers in _by_component(list(graph.artifacts)).items()
        for number in sorted(numbers, reverse=True)[: policy.keep_of.get(component, policy.keep)]
    ]


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def _discard(root: Path, graph: Graph, doomed: list[str], kept: dict[str, str]) -> dict[str, Path]:
    """Rename the doomed out of sight, users before inputs; what a process holds stays, with all it was made from."""
    for component, numbers in _by_component(doomed).items():
        collected.record(root, component, numbers)
    trash: dict[str, Path] = {}
    for each in doomed:
        if each not in kept:
            descriptor = hold(root / each, shared=False)
            if descriptor is None:
                _keep(graph, kept, [each], "in use")
                continue
            trash[each] = discard(root, root / each)
            os.close(descriptor)
    for component in _by_component(doomed):
        sync_folder(root / component)
    for component, numbers in _by_component([each for each in doomed if each in kept]).items():
        collected.forget(root, component, numbers)
    for component in _by_component(doomed):
        with suppress(OSError, StoreError), locked(root, "component", component, keep=True):
            Index(root, component).rebuild()
    return trash


def _by_component(artifact_ids: list[str]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for component, number in map(parse_id, artifact_ids):
        numbers.setdefault(component, []).append(number)
    return numbers
