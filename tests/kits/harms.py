"""What can be wrong with a store's files: each harm is done to the folder of a store."""

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from pipeline_components.store.manifest import Manifest, read_manifest
from pipeline_components.store.seal import seal, sha256, stamped

Harm = Callable[[Path], object]
JOURNAL, CACHE = "serving/digits/journal.jsonl", ".cache/summaries"


def cleared(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    return path


def holds(name: str, content: bytes | str) -> Harm:
    raw = content.encode() if isinstance(content, str) else content
    return lambda root: cleared(root / name).write_bytes(raw)


def fifo(name: str) -> Harm:
    return lambda root: os.mkfifo(cleared(root / name))


def folder(name: str) -> Harm:
    return lambda root: cleared(root / name).mkdir()


def link(name: str, to: str) -> Harm:
    return lambda root: cleared(root / name).symlink_to(to)


def sparse(name: str, size: int) -> Harm:
    def harm(root: Path) -> None:
        with cleared(root / name).open("wb") as file:
            file.truncate(size)

    return harm


def listening(name: str) -> Harm:
    def harm(root: Path) -> None:
        here = Path.cwd()
        os.chdir(cleared(root / name).parent)  # a socket's name has at most 107 bytes
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(Path(name).name)
        os.chdir(here)

    return harm


def stamp(name: str, content: object) -> Harm:
    """A file that can be made anew, of another form, under a right checksum."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return holds(name, stamped(name if name == CACHE else Path(name).name, raw))


def sealed(name: str, **changes: object) -> Harm:
    """A sealed file with other values, under a right checksum."""

    def harm(root: Path) -> None:
        body = json.loads((root / name).read_bytes()) if (root / name).is_file() else {"format": 1}
        body.pop("checksum", None)
        (root / name).write_bytes(seal(body | changes))

    return harm


def record(**changes: object) -> Harm:
    """The newest record of a run, with other values."""
    return lambda root: sealed(str(newest_record(root).relative_to(root)), **changes)(root)


def newest_record(root: Path) -> Path:
    return sorted((root / "runs").glob("*.json"))[-1]


def at_record(harm: Callable[[str], Harm]) -> Harm:
    return lambda root: harm(str(newest_record(root).relative_to(root)))(root)


def forged(artifact_id: str, **changes: object) -> Harm:
    """A manifest with other values, all its digests right."""

    def harm(root: Path) -> None:
        body = read_manifest(root / artifact_id, artifact_id).as_json()
        names = Manifest.__dataclass_fields__
        manifest = Manifest(**{name: value for name, value in (body | changes).items() if name in names})
        (root / artifact_id / "artifact.json").write_bytes(manifest.render())

    return harm


def chained(root: Path, length: int = 3000, loop: bool = False) -> None:
    """A chain of artifacts, each made of the one before; the first of the last, in a loop."""
    shutil.rmtree(root / "train")
    for number in range(1, length + 1):
        before = (number - 2) % length + 1 if loop or number > 1 else None
        entry = {"id": f"train/{before}", "digest": "0" * 64, "content": "0" * 64}
        parts = {name: {} for name in ("config", "source", "libraries", "outside", "platform", "facts", "files")}
        made = {"at": "2026-01-01T00:00:00+00:00", "elapsed_s": 1.0, "host": "x", "run_id": None}
        inputs = {"model": entry} if before else {}
        manifest = Manifest(id=f"train/{number}", component="train", inputs=inputs, made=made, **parts)
        (root / "train" / str(number)).mkdir(parents=True)
        (root / "train" / str(number) / "artifact.json").write_bytes(manifest.render())


def journal_line(**changes: object) -> Harm:
    def harm(root: Path) -> None:
        body = json.loads((root / JOURNAL).read_text().splitlines()[0])
        body.pop("checksum")
        body |= changes
        (root / JOURNAL).write_text(json.dumps(body | {"checksum": sha256(json.dumps(body))}) + "\n")

    return harm


def numbers_used_up(root: Path) -> None:
    (root / "train/999999999").mkdir()
    shutil.rmtree(root / ".index")


def nothing(root: Path) -> None:
    """The store as it was."""
