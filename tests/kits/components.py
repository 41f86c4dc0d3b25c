"""The components on mnist_sample: how each is called, and what it may not do meanwhile.

    python -m tests.kits.components ROOT OUT

calls every component twice in this process, on the folders of ROOT, and prints what came of it as JSON.
"""

import hashlib
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from pipeline_components.chain.config import PipelineConfig
from pipeline_components.predict import PredictConfig

EVALUATED = ("preprocess", "train", "evaluate")
INPUTS = {
    "ingest": (),
    "preprocess": ("ingest",),
    "train": ("preprocess",),
    "evaluate": ("preprocess", "train"),
    "report": EVALUATED,
    "export": EVALUATED,
    "predict": ("images", "export"),
}
# Flags of `digits run`: three epochs on the sample reach 0.80: enough to serve under a lower bar.
QUICK = ("--dataset", "mnist_sample", "--epochs", "3", "--accuracy-threshold", "0.5")
CHAIN = PipelineConfig.from_flat({"dataset": "mnist_sample", "golden_examples": 32, "latency_calls": 20})
CONFIGS = {component: getattr(CHAIN, component) for component in PipelineConfig.parts()} | {"predict": PredictConfig()}


def call(component: str, root: Path, out: Path) -> dict[str, Any]:
    """Run a component on the folders `root/<component>` of those before it; returns its facts."""
    out.mkdir(parents=True, exist_ok=True)
    function = getattr(importlib.import_module(f"pipeline_components.{component}"), component)
    return function(*(root / name for name in INPUTS[component]), out=out, config=CONFIGS[component])


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
    for component in INPUTS:
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
