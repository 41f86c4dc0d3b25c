"""What is said of an artifact beside what its manifest says: that it is pinned, served, or was."""

from pipeline_components.store import Store
from pipeline_components.store.graph import served_models


def marks_of(store: Store) -> dict[str, str]:
    """Artifact id → `pinned`, `was version 3`, or `SERVED NOW, version 4`."""
    found = dict.fromkeys(store.pins(), "pinned")
    for model in served_models(store.documents()):
        for version in model.versions():
            found[version.export] = f"was version {version.number}"
        current = model.current()
        if current:
            found[current.export] = f"SERVED NOW, version {current.number}"
    return found
