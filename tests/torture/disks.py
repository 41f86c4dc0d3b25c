"""Full disks (tmpfs of many sizes) and rotten ones (bytes flipped, files cut, lost, added and exchanged)."""

import os
import random
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline_components.errors import StoreError
from pipeline_components.store import Hit, Recipe, Store, publish
from tests.kits.store import recipe
from tests.torture.tracing import Figures, harm

ARTIFACT_BYTES = 1_000_000
SIZES_KB = [*range(40, 1000, 80), 1000, 1010, 1020, 1040, 1100, 2000, 3000, 4000]


def lacking() -> str:
    """Why a small file system cannot be mounted here; empty if it can."""
    folder = Path("/tmp") / f"digits-mount-{os.getpid()}"
    try:
        with mounted(folder, 100):
            return ""
    except (OSError, subprocess.CalledProcessError):
        return "tmpfs cannot be mounted here (needs root)"


@contextmanager
def mounted(folder: Path, size_kb: int) -> Iterator[Path]:
    """A file system of that size."""
    folder.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", folder], check=True, capture_output=True
        )
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
    finally:
        folder.rmdir()


def full(folder: Path, sizes_kb: Sequence[int] = SIZES_KB) -> Figures:
    """Publish a megabyte into each size, with the preflight and without: refused in one line, or there whole."""
    figures = Figures()
    margin = publish.MARGIN_BYTES
    for is_checked in (True, False):
        publish.MARGIN_BYTES = margin if is_checked else -(10**12)
        for size_kb in sizes_kb:
            with mounted(folder, size_kb):
                outcome, wrong = publish_into(folder / "artifacts", folder)
            figures.tried[f"{outcome} {'early' if is_checked else 'late'}".strip()] += 1
            figures.wrong += [f"{size_kb} kB, preflight {is_checked}: {each}" for each in wrong]
    publish.MARGIN_BYTES = margin
    return figures


def publish_into(root: Path, mount: Path) -> tuple[str, list[str]]:
    """Publish once, make room if refused, publish again."""
    store, wrong = Store(root), []

    def big(out: Path) -> dict[str, int]:
        for number in range(10):
            (out / f"{number}").write_bytes(os.urandom(ARTIFACT_BYTES // 10))
        return {}

    try:
        store.produce(recipe(), big)
        return "published", harm(root)
    except StoreError as error:
        said = str(error)
    if "\n" in said or str(mount) not in said or "free" not in said or "needed" not in said:
        wrong.append(said)
    wrong += [f"visible: {each.id}" for each in store.artifacts()] + harm(root)
    subprocess.run(["mount", "-o", "remount,size=10m", mount], check=True)
    made = store.produce(recipe(), big).artifact
    wrong += harm(root) + [str(path) for path in root.rglob(".draft-*")]
    return "refused", wrong + ([] if made.id == "train/1" else [made.id])


def rot(root: Path, count: int = 500, seed: int = 0) -> Figures:
    """Change one thing at a time: `verify` names the file each time, and a damaged artifact is never found.

    Whatever is changed in the index, every lookup finds what it found before.
    """
    figures, chance = Figures(), random.Random(seed)
    store = Store(root)
    store.write_run("run__1", {"steps": {"train": {"id": "train/1"}}})
    recipes = {artifact.id: as_recipe(store, artifact.id) for artifact in store.artifacts()}
    files = sorted(path for path in root.rglob("*") if path.is_file() and not {".locks", ".cache"} & set(path.parts))
    while (number := figures.tried.total()) < count:
        kind, harm_it = chance.choice(list(KINDS.items()))
        file = chance.choice(files)
        if kind == "lost" and file.parent.name in ("runs", root.name):
            continue  # nothing refers to a run's record or to the list of pins: their loss cannot be told
        with restored(file):
            name = harm_it(file, chance)
            if ".index" in file.parts:
                figures.tried["in the index"] += 1
                lost = [each for each, of in recipes.items() if store.find(of).reason.id != each]
                figures.wrong += [f"{number}: {kind} {name.relative_to(root)}: {each} is lost" for each in lost]
                continue
            found = [each for each in store.verify() if name.name in f"{each.where}/{each.name}"]
            figures.tried[kind] += 1
            if not found:
                figures.wrong.append(f"{number}: {kind} {name.relative_to(root)} was not found")
            owner = "/".join(file.relative_to(root).parts[:2])
            if owner in recipes and isinstance(store.find(recipes[owner]), Hit):
                figures.wrong.append(f"{number}: {owner} was reused, {kind} {name}")
    return figures


def as_recipe(store: Store, artifact_id: str) -> Recipe:
    """The recipe that made an artifact."""
    manifest = store.artifact(artifact_id).manifest
    inputs = {name: store.artifact(each["id"]) for name, each in manifest.inputs.items()}
    return Recipe(manifest.component, manifest.config, inputs, manifest.source, manifest.libraries)


@contextmanager
def restored(file: Path) -> Iterator[None]:
    """Put a file and its folder back as they were."""
    kept = {path: path.read_bytes() for path in file.parent.rglob("*") if path.is_file()}
    try:
        yield
    finally:
        for path in {path for path in file.parent.rglob("*") if path.is_file()} - kept.keys():
            path.unlink()
        for path, raw in kept.items():
            if not path.exists() or path.read_bytes() != raw:
                path.write_bytes(raw)


def flipped(file: Path, chance: random.Random) -> Path:
    raw = bytearray(file.read_bytes())
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    file.write_bytes(raw)
    return file


def cut(file: Path, chance: random.Random) -> Path:
    os.truncate(file, chance.randrange(file.stat().st_size))
    return file


def lost(file: Path, chance: random.Random) -> Path:
    file.unlink()
    return file


def added(file: Path, chance: random.Random) -> Path:
    extra = file.parent / f"{chance.randrange(10**6)}.bin"
    extra.write_bytes(b"extra")
    return extra


def grown(file: Path, chance: random.Random) -> Path:
    with file.open("ab") as end:
        end.write(b"\n")
    return file


def swapped(file: Path, chance: random.Random) -> Path:
    """Exchange a file with another of its folder, or turn its bytes around."""
    others = [path for path in file.parent.iterdir() if path.is_file() and path.read_bytes() != file.read_bytes()]
    raw = file.read_bytes()
    if not others:
        file.write_bytes(raw[::-1])
        return file
    other = chance.choice(sorted(others))
    file.write_bytes(other.read_bytes())
    other.write_bytes(raw)
    return other if other.name in ("artifact.json", "version.json") else file  # it is the record that shows it


KINDS: dict[str, Callable[[Path, random.Random], Path]] = {
    each.__name__: each for each in (flipped, cut, lost, added, grown, swapped)
}
