"""Kills, refusals and order of system calls, by strace: the same worker, stopped or refused at each of its calls."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import ServedModel, Store
from pipeline_components.store.pins import pin
from tests.kits.store import chain
from tests.torture import worker

ROOT = Path(__file__).parents[2]
KILLED = ("write", "fsync", "rename", "mkdir", "unlink", "rmdir", "flock", "ftruncate")
REFUSED = ("write", "fsync", "rename", "mkdir", "openat")
ACTIONS = ("publish", "push", "rollback", "write_run", "mend", "gc")
HINT = re.compile(r"/(\.index/\w+|\.drafts/\.draft-\w+)/last$")
MAY_BE_LOST = re.compile(r"/\.(drafts|draft-|trash-|index/runs$)")
CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)(?:<.*>)?(?: .*)?$")


@dataclass
class Figures:
    """What was tried, how often, and what went wrong."""

    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def lacking() -> str:
    """Why these checks cannot run here; empty if they can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    done = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "strace is not permitted here"


def prepare(root: Path) -> Path:
    """A store with three chains, four served versions of two of them, a pin, and something for the collector."""
    store = Store(root)
    exports = [chain(store, epochs)["export"] for epochs in (1, 3, 4)]
    for export in exports[:2] * 2:
        ServedModel(root, MODEL_NAME).push(export, who="torture")
    pin(root, "ingest/1")
    return root


def strace(root: Path, action: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run an action of the worker under strace."""
    command = [
        "strace",
        "-f",
        "-qq",
        "-y",
        *options,
        sys.executable,
        "-S",
        "-B",
        "-m",
        "tests.torture.worker",
    ]
    return subprocess.run([*command, action, str(root)], capture_output=True, text=True, cwd=ROOT, check=False)


def inject(root: Path, action: str, name: str, number: int, what: str) -> subprocess.CompletedProcess[str]:
    """Run an action to which something happens at the n-th call of a name."""
    return strace(root, action, "-o", os.devnull, "-e", f"trace={name}", "-e", f"inject={name}:{what}:when={number}")


def calls(base: Path, scratch: Path, action: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """The system calls of an action that is left in peace, in order."""
    root, log = fresh(base, scratch), scratch.with_suffix(".trace")
    done = strace(root, action, "-o", str(log), "-s", "300", "-e", f"trace={','.join(names)}")
    assert done.returncode == 0, done.stderr
    found = (CALL.match(line) for line in log.read_text().splitlines())
    return [(match[1], match[2]) for match in found if match]


def fresh(base: Path, scratch: Path) -> Path:
    """A copy of the store to do harm to."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(base, scratch)
    return scratch


def points(base: Path, scratch: Path, action: str, names: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Every call of an action that touches the store: its name, and which of that name it is."""
    seen: Counter[str] = Counter()
    for name, arguments in calls(base, scratch, action, names):
        seen[name] += 1
        if str(scratch) in arguments:
            yield name, seen[name]


def kills(base: Path, scratch: Path, actions: tuple[str, ...] = ACTIONS, every: int = 1) -> Figures:
    """SIGKILL at each call: nothing partial to be seen, `verify` clean, and the next run completes and cleans up."""
    figures = Figures()
    for action in actions:
        for name, number in list(points(base, scratch, action, KILLED))[::every]:
            root = fresh(base, scratch)
            where = f"{action} killed at {name} {number}"
            done = inject(root, action, name, number, "signal=KILL")
            if done.returncode not in (-9, 137):
                figures.wrong.append(f"{where}: it lived, exit {done.returncode}")
            figures.tried[name] += 1
            figures.wrong += [f"{where}: {each}" for each in harm(root)]
            figures.wrong += [f"{where}, then again: {each}" for each in again(root, action)]
    return figures


def harm(root: Path) -> list[str]:
    """What a reader can see of it."""
    return [str(each) for each in Store(root).verify()]


def again(root: Path, action: str) -> list[str]:
    """Do the same, undisturbed, and record a run: it must succeed and leave no draft."""
    if action != "rollback" or ServedModel(root, MODEL_NAME).numbers()[-1] == 4:
        getattr(worker, action)(root)
    Store(root).write_run("run__2", {})
    left = [str(path) for path in root.rglob(".*") if path.name.startswith((".draft-", ".trash-"))]
    numbers = [artifact.number for artifact in Store(root).artifacts("train")]
    gaps = [] if action == "gc" or numbers == list(range(1, len(numbers) + 1)) else [f"numbers {numbers}"]
    return [*harm(root), *left, *gaps]


def refusals(base: Path, scratch: Path, actions: tuple[str, ...] = ACTIONS, every: int = 1) -> Figures:
    """EIO and ENOSPC at each call: one line with the path, exit 2, nothing to be seen; then, with room, success."""
    figures = Figures()
    for action in actions:
        root = fresh(base, scratch)
        before = seen(root)
        getattr(worker, action)(root)
        after = seen(root)
        for name, number in list(points(base, scratch, action, REFUSED))[::every]:
            for error in ("EIO", "ENOSPC"):
                root = fresh(base, scratch)
                where = f"{action}, {error} at {name} {number}"
                done = inject(root, action, name, number, f"error={error}")
                figures.tried[error] += 1
                figures.wrong += [f"{where}: {each}" for each in unlike_a_refusal(done, root, before, after)]
                figures.wrong += [f"{where}: {each}" for each in harm(root)]
                figures.wrong += [f"{where}, then again: {each}" for each in again(root, action)]
    return figures


def unlike_a_refusal(
    done: subprocess.CompletedProcess[str], root: Path, before: list[str], after: list[str]
) -> list[str]:
    """What is not as it should be: a failure that does no harm may be passed over, if all was done nevertheless."""
    if done.returncode == 0:
        return [f"exit 0, but not done: {each}" for each in sorted(set(seen(root)) ^ set(after))]
    said = done.stderr.strip()
    if done.returncode != 2 or "\n" in said or str(root) not in said:
        return [f"exit {done.returncode}: {said[-300:]}"]
    return [f"visible: {each}" for each in sorted(set(seen(root)) - set(before))]


def seen(root: Path) -> list[str]:
    """The artifacts, versions and runs that a reader finds."""
    store = Store(root)
    artifacts = [each.id for each in store.artifacts()]
    versions = [f"version {each}" for each in ServedModel(root, MODEL_NAME).numbers()]
    return artifacts + versions + [run["run_id"] for run in store.runs()]


def order(base: Path, scratch: Path) -> Figures:
    """Power loss: at each rename, all under the old name is on the disk already; at the end, so is the new name."""
    figures = Figures()
    names = (
        "write",
        "fsync",
        "rename",
        "mkdir",
        "openat",
        "unlink",
        "rmdir",
        "ftruncate",
        "copy_file_range",
        "sendfile",
    )
    for action in ACTIONS:
        loose: set[str] = set()
        for name, arguments in calls(base, scratch, action, names):
            found = [one or other for one, other in re.findall(r'"([^"]*)"|<([^>]*)>', arguments)]
            paths = [each for each in found if each.startswith(str(scratch))]
            if not paths or "/.locks" in paths[-1] or (name == "openat" and "O_CREAT" not in arguments):
                continue
            if HINT.search(paths[-1]):  # nobody waits for its own bytes, but all that it tells of comes before it
                early = sorted(each for each in loose if name == "rename" and not MAY_BE_LOST.search(each))
                figures.wrong += [f"{action}: {each} not on the disk when {paths[-1]} counts it" for each in early]
                continue
            figures.tried[name] += name == "rename"
            if name == "rename":
                inside = [each for each in loose if each == paths[0] or each.startswith(f"{paths[0]}/")]
                figures.wrong += [f"{action}: {each} not on the disk at the rename to {paths[-1]}" for each in inside]
            loose = touched(loose, name, paths)
        lasting = sorted(each for each in loose if not MAY_BE_LOST.search(each))
        figures.wrong += [f"{action}: {each} not on the disk at the end" for each in lasting]
    return figures


def touched(loose: set[str], name: str, paths: list[str]) -> set[str]:
    """What may be lost after a call, given what might have been lost before it."""
    parents = {str(Path(each).parent) for each in paths}
    if name == "fsync":
        return loose - set(paths)
    if name in ("mkdir", "openat"):
        return loose | {paths[-1]} | {str(Path(paths[-1]).parent)}
    if name in ("unlink", "rmdir"):
        return loose - {paths[-1]} | (set() if MAY_BE_LOST.search(paths[-1]) else parents)
    return loose | (parents if name == "rename" else set(paths))
