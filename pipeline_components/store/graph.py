"""What was made from what: the graph of artifacts, up to the data and down to what was served."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline_components.errors import StoreError
from pipeline_components.store import catalog, ids
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.manifest import input_entries
from pipeline_components.store.served import FOLDER, ServedModel


@dataclass
class Graph:
    """Artifacts whose manifests can be read, the ids of those that cannot, and who was made from whom."""

    artifacts: dict[str, Artifact] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)
    users: dict[str, list[str]] = field(default_factory=dict)

    def inputs(self, artifact_id: str) -> list[str]:
        """The ids of what an artifact was made from."""
        artifact = self.artifacts.get(artifact_id)
        return [each["id"] for _, each in input_entries(artifact.manifest.inputs)] if artifact else []

    def ancestors(self, roots: Iterable[str]) -> set[str]:
        """These artifacts and everything they were made from."""
        found: set[str] = set()
        waiting = list(roots)
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                waiting.extend(self.inputs(each))
        return found

    def users_first(self) -> list[str]:
        """Every artifact, after all that were made from it."""
        order: dict[str, None] = {}
        begun: set[str] = set()  # a chain that somebody has forged may come back to where it began
        for start in [*self.artifacts, *self.damaged]:
            waiting = [(start, False)]
            while waiting:
                each, is_done = waiting.pop()
                if is_done:
                    order.setdefault(each)
                elif each not in begun:
                    begun.add(each)
                    waiting.append((each, True))
                    waiting.extend((user, False) for user in self.users.get(each, ()))
        return [each for each in order if each in self.artifacts or each in self.damaged]


def graph_of(root: Path) -> Graph:
    """The graph of all artifacts in a store."""
    found = Graph()
    for component in catalog.components(root):
        for number in catalog.numbers(root, component):
            name = f"{component}/{number}"
            try:
                found.artifacts[name] = catalog.read_artifact(root, name)
            except StoreError as error:
                found.damaged[name] = str(error)
    for name in found.artifacts:
        for each in dict.fromkeys(found.inputs(name)):
            found.users.setdefault(each, []).append(name)
    return found


def served_models(root: Path) -> list[ServedModel]:
    """The models that have a folder of versions."""
    folder = root / FOLDER
    names = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    return [ServedModel(root, name) for name in names if ids.is_component(name)]


def mentioned(record: Any) -> set[str]:
    """The artifact ids in a run's record, wherever they stand in it."""
    if isinstance(record, dict):
        return {each for value in record.values() for each in mentioned(value)}
    if isinstance(record, list):
        return {each for value in record for each in mentioned(value)}
    try:
        ids.parse_id(record)
    except StoreError:
        return set()
    return {record}
