"""Small artifacts for the store's tests: what a component would write, without one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.store import Artifact, Outcome, Outside, Recipe, ServedModel, Store
from pipeline_components.store.gc import Policy

SOURCE = {"pkg/train.py": "a" * 64, "pkg/config.py": "b" * 64}
LIBRARIES = {"tensorflow": "2.20", "numpy": "2.4"}
KEEP_NOTHING = Policy(keep=0, days=0, runs=0, grace_hours=0)


def recipe(
    component: str = "train", *, source=SOURCE, libraries=LIBRARIES, inputs=None, outside=None, **config: Any
) -> Recipe:
    return Recipe(component, config, inputs or {}, dict(source), dict(libraries), outside or {})


def maker(*parts: object, facts: dict[str, Any] | None = None) -> Callable[[Path], dict[str, Any]]:
    """Writes three files, one of them in a folder, whose bytes follow from the parts."""

    def make(out: Path) -> dict[str, Any]:
        (out / "saved_model" / "variables").mkdir(parents=True)
        (out / "saved_model" / "saved_model.pb").write_bytes(repr(parts).encode() * 10)
        (out / "saved_model" / "variables" / "data").write_bytes(repr(parts).encode() * 100)
        (out / "notes.txt").write_text(f"made of {parts}")
        return facts if facts is not None else {"parts": len(parts)}

    return make


def produce(store: Store, of: Recipe, **options: Any) -> Outcome:
    return store.produce(of, maker(of.component, sorted(of.config.items())), **options)


def chain(store: Store, epochs: int = 1) -> dict[str, Artifact]:
    """ingest → preprocess → train → export, each made of the one before."""
    made: dict[str, Artifact] = {}
    for component, needs in {
        "ingest": [],
        "preprocess": ["ingest"],
        "train": ["preprocess"],
        "export": ["train"],
    }.items():
        config = {"epochs": epochs} if component in ("train", "export") else {}
        of = recipe(component, inputs={name: made[name] for name in needs}, **config)
        made[component] = produce(store, of).artifact
    return made


def photos(path: str, sha256: str) -> dict[str, Outside]:
    """What a recipe says of a folder of photographs."""
    return {"images": Outside(path, sha256 * 64)}


def served(store, count: int) -> tuple[ServedModel, list[str]]:
    """So many exports, each pushed: export/1 as version 1 and so on."""
    serving = ServedModel(store.root, MODEL_NAME)
    exports = [produce(store, recipe("export", seed=seed)).artifact for seed in range(count)]
    return serving, [serving.push(export).export for export in exports]
