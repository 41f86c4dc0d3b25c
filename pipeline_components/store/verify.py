"""`digits verify`: everything that can be wrong with a store, each thing found named."""

from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from pathlib import Path

from pipeline_components.errors import ArtifactNotFound, StoreError
from pipeline_components.store import catalog, collected, journal, pins, runs, served, verified
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.check import Problem, check_files, problems_of
from pipeline_components.store.graph import mentioned, served_models
from pipeline_components.store.ids import parse_id
from pipeline_components.store.journal import JournalEntry
from pipeline_components.store.lock import DRAFT, TRASH
from pipeline_components.store.manifest import NAME, input_entries
from pipeline_components.store.version import ServedVersion

MOST_MISSING = 100  # of one gap between two numbers: a folder that somebody has named 999999999 makes a large one


def verify(root: Path, ids: Iterable[str] | None = None) -> list[Problem]:
    """What is wrong with these artifacts and what they were made from, or with the whole store.

    Every file is read. Safe beside running pipelines: drafts and what was collected meanwhile are no problem.
    """
    if ids is not None:
        return [problem for each in ids for problem in _one(root, each)]
    catalog.sweep(root)
    found = _everything(root)
    verified.remember(root, found)
    return found


def _everything(root: Path) -> list[Problem]:
    return [
        *_strangers(root),
        *(problem for component in catalog.components(root) for problem in _component(root, component)),
        *(problem for each in served_models(root) for problem in _served(root, each)),
        *_runs(root),
        *_readable(root / pins.NAME, lambda: pins.pins(root)),
    ]


def _strangers(root: Path) -> list[Problem]:
    """Files beside the store's own; other folders and hidden files are none of its business."""
    known = {pins.NAME, "README.md"}
    files = sorted(path.name for path in root.iterdir() if not path.is_dir()) if root.is_dir() else []
    return [Problem(root.name, name, "not the store's") for name in files if name not in known and name[0] != "."]


def _one(root: Path, artifact_id: str) -> list[Problem]:
    catalog.folder_of(root, artifact_id)
    try:
        artifact = catalog.read_artifact(root, artifact_id)
    except ArtifactNotFound:
        raise
    except StoreError as error:
        return [Problem(artifact_id, NAME, _without(str(error), root))]
    return [*problems_of(artifact), *_chain(root, artifact)]


def _component(root: Path, component: str) -> Iterator[Problem]:
    numbers = catalog.numbers(root, component)
    yield from _unknown(root, component, {collected.NAME, *map(str, numbers)}, "an artifact")
    try:
        gone = {component: set(collected.collected(root, component))}
    except (StoreError, OSError) as error:
        yield Problem(component, collected.NAME, _without(str(error), root))
        return
    for before, number in pairwise([0, *numbers]):
        yield from islice(_missing(root, component, range(before + 1, number), gone), MOST_MISSING)
        yield from _if_there(root, f"{component}/{number}")


def _missing(root: Path, component: str, absent: range, gone: dict[str, set[int]]) -> Iterator[Problem]:
    """Numbers that were given, have no artifact, and were not collected."""
    for number in absent:
        if not (root / component / str(number)).is_dir() and not _is_collected(root, f"{component}/{number}", gone):
            yield Problem(f"{component}/{number}", NAME, "missing with its whole folder, and not by the collector")


def _if_there(root: Path, artifact_id: str) -> list[Problem]:
    try:
        found = _one(root, artifact_id)
    except StoreError as error:
        found = [Problem(artifact_id, NAME, _without(str(error), root))]
    return found if (root / artifact_id).exists() else []


def _chain(root: Path, artifact: Artifact) -> Iterator[Problem]:
    """Whether what an artifact was made from is still there, and still what it was."""
    for name, entry in input_entries(artifact.manifest.inputs):
        try:
            found = catalog.read_artifact(root, entry["id"])
        except ArtifactNotFound:
            yield Problem(artifact.id, NAME, f"its input {name}, {entry['id']}, is missing")
        except StoreError:
            continue  # named by the problem of that artifact itself
        else:
            if found.digest != entry["digest"]:
                yield Problem(artifact.id, NAME, f"its input {name}, {entry['id']}, is not what it was made from")


def _served(root: Path, model: served.ServedModel) -> Iterator[Problem]:
    for number in model.numbers():
        found = list(_version(root, model, number))
        yield from found if (model.folder / str(number)).exists() else []
    yield from _journal(root, model)


def _version(root: Path, model: served.ServedModel, number: int) -> Iterator[Problem]:
    where = f"{served.FOLDER}/{model.model}/{number}"
    try:
        version = model.version(number)
    except StoreError as error:
        yield Problem(where, served.NAME, _without(str(error), root))
        return
    yield from check_files(version.path, version.files, where, {served.NAME})
    yield from _export(root, version, where)


def _export(root: Path, version: ServedVersion, where: str) -> Iterator[Problem]:
    try:
        export = catalog.read_artifact(root, version.export)
    except ArtifactNotFound:
        yield Problem(where, served.NAME, f"the export it came from, {version.export}, is missing")
    except StoreError:
        return  # named by the problem of that artifact itself
    else:
        files = export.manifest.files
        if export.digest != version.digest or any(
            files.get(f"{version.folder}/{name}") != file for name, file in version.files.items()
        ):
            yield Problem(where, served.NAME, f"{version.export} is not what it came from")


def _unknown(root: Path, where: str, known: set[str], what: str) -> Iterator[Problem]:
    for name in _names(root / where):
        if name not in known and not name.startswith((DRAFT, TRASH)) and (root / where / name).exists():
            yield Problem(where, name, f"not {what}, and not the store's")


def _journal(root: Path, model: served.ServedModel) -> Iterator[Problem]:
    where, numbers = f"{served.FOLDER}/{model.model}", set(model.numbers())
    yield from _unknown(root, where, {journal.NAME, *map(str, numbers)}, "a version")
    try:
        entries = model.journal()
    except StoreError as error:
        yield Problem(where, journal.NAME, _without(str(error), root))
        return
    if journal.is_torn(model.folder):
        yield Problem(where, journal.NAME, "its last line is torn: the next push or rollback removes it")
    told = {entry.version: entry.action for entry in entries}
    for number in sorted(numbers - told.keys()):
        yield Problem(where, journal.NAME, f"does not tell of version {number}")
    for number in sorted(told.keys() - set(model.numbers())):
        if told[number] in served.PUT and not _is_cut_short(model, number, entries):
            yield Problem(f"{where}/{number}", served.NAME, "missing with its whole folder")


def _is_cut_short(model: served.ServedModel, number: int, entries: list[JournalEntry]) -> bool:
    """Whether a crash came between the journal's line and the version: then its draft is still there."""
    drafts = any(path.name.startswith(DRAFT) for path in model.folder.iterdir())
    return entries[-1].version == number and (drafts or (model.folder / str(number)).exists())


def _runs(root: Path) -> Iterator[Problem]:
    folder = root / runs.FOLDER
    gone: dict[str, set[int]] = {}
    for name in _names(folder) if folder.is_dir() else []:
        if name.startswith(DRAFT) or not (folder / name).exists():
            continue
        try:
            record = runs.read_run(root, name.removesuffix(".json"))
        except StoreError as error:
            yield Problem(runs.FOLDER, name, _without(str(error), root))
            continue
        for each in sorted(mentioned(record)):
            if not (root / each).is_dir() and not _is_collected(root, each, gone):
                yield Problem(f"{runs.FOLDER}/{name}", name, f"{each}, which it made or used, is missing")


def _is_collected(root: Path, artifact_id: str, known: dict[str, set[int]]) -> bool:
    """Whether the collector's list has it, as far as it is known; read again before it is said not to."""
    component, number = parse_id(artifact_id)
    if number not in known.get(component, ()):
        known[component] = set(collected.collected(root, component))
    return number in known[component]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _readable(path: Path, read: object) -> Iterator[Problem]:
    try:
        read()  # type: ignore[operator]
    except StoreError as error:
        yield Problem(path.name, path.name, _without(str(error), path.parent))


def _without(message: str, root: Path) -> str:
    return message.removeprefix(f"{root}/")
