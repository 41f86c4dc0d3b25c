"""The components on mnist_sample: how each is called, and what it may not do meanwhile.

    python -m tests.kits.components ROOT OUT

calls every component twice in this process, on the folders of ROOT, and prints what came of it as JSON.
"""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.config import PipelineConfig

# Flags of `digits run`: three epochs on the sample reach 0.80: enough to serve under a lower bar.
QUICK = ("--dataset", "mnist_sample", "--epochs", "3", "--accuracy-threshold", "0.5")
CHAIN = PipelineConfig.from_flat({"dataset": "mnist_sample", "golden_examples": 32, "latency_calls": 20})
# What the chain would choose from a store, and what lies outside it: folders of the chain that the tests have made.
REFERENCES = {
    "baseline": "preprocess",
    "champion": "export",
    "anchor": "export",
    "unforced": "export",
    "history": ["evaluate"],
    "decision": "approve",
    **{f"{each}_examples": ["preprocess"] for each in ("model", "champion", "anchor", "unforced")},
    "model": "export",
}
OUTSIDE = {"images": "images", "study": "study"}
COMPARED = [
    f"{name} compared"
    for name, each in COMPONENTS.items()
    if each.references
    and each.in_run
    and not each.pushed  # what is pushed refuses the rejection that `approve` is here
]
CALLS = [*COMPONENTS, *COMPARED]


def call(which: str, root: Path, out: Path) -> dict[str, Any]:
    """Run a component on the folders `root/<component>` of those before it; returns its facts.

    `evaluate compared` is `evaluate` with what a run compares itself with: champion, baseline, history.
    """
    name, _, compared = which.partition(" ")
    component = COMPONENTS[name]
    out.mkdir(parents=True, exist_ok=True)
    given = dict(component.inputs) | {each: OUTSIDE[each] for each in component.outside if each in OUTSIDE}
    given |= {argument: [source] for argument, source in component.gathered.items()}
    if compared or not component.in_run:
        given |= {each: REFERENCES[each] for each in component.references}
    folders = {argument: _below(root, source) for argument, source in given.items()}
    config = CHAIN[name] if component.in_run else component.config()
    return dict(component.function(**folders, out=out, config=config))


def _below(root: Path, source: str | list[str]) -> Path | list[Path]:
    return [root / each for each in source] if isinstance(source, list) else root / source


def digests(folder: Path) -> dict[str, str]:
    """Every file below a folder, by its bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class Written:
    """Paths that Python opened for writing, made, moved or removed since: an audit hook, which cannot be taken back."""

    def __init__(self) -> None:
        self.paths: set[Path] = set()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[2], int):
            if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self._note(arguments[0])
        elif event in {"os.mkdir", "os.remove", "os.rmdir", "os.rename", "os.link", "os.symlink"}:
            for path in arguments[: 2 if event in {"os.rename", "os.link", "os.symlink"} else 1]:
                self._note(path, in_folder=arguments[-1] not in (-1, None))

    def _note(self, path: Any, in_folder: bool = False) -> None:
        if isinstance(path, (str, bytes, os.PathLike)) and not in_folder:  # rmtree names files from an open folder
            self.paths.add(Path(os.fsdecode(path)).absolute())

    def outside(self, *allowed: Path) -> list[str]:
        """What was written elsewhere than under these folders; forgets all."""
        found = sorted(str(p) for p in self.paths if not any(p.is_relative_to(a) for a in allowed))
        self.paths.clear()
        return [path for path in found if not path.startswith("/dev/")]


def main(root: Path, out: Path) -> None:
    import keras  # noqa: F401  writes its settings into the home folder
    import matplotlib.font_manager  # noqa: F401  writes its list of fonts there

    written = Written()
    result = {}
    for component in CALLS:
        calls = []
        for attempt in ("first", "second"):
            folder = out / attempt / component
            folder.mkdir(parents=True)
            written.paths.clear()
            facts = call(component, root, folder)
            made = {"facts": facts, "files": digests(folder)}
            calls.append(made | {"written_outside": written.outside(folder, Path(os.environ["TMPDIR"]))})
        result[component] = {"calls": calls, "airflow": "airflow" in sys.modules}
    print(json.dumps(result))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
