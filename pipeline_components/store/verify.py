"""Everything that can be wrong with a store, each thing found named."""

from collections.abc import Iterable
from pathlib import Path

from pipeline_components.store.check import Problem


def verify(root: Path, ids: Iterable[str] | None = None) -> list[Problem]:
    """What is wrong with these artifacts, or with the whole store."""
    from pipeline_components.errors import StoreError
    from pipeline_components.store import catalog
    from pipeline_components.store.check import problems_of

    names = ids if ids is not None else [f"{c}/{n}" for c in catalog.components(root) for n in catalog.numbers(root, c)]
    found: list[Problem] = []
    for name in names:
        try:
            found.extend(problems_of(catalog.read_artifact(root, name)))
        except StoreError as error:
            found.append(Problem(name, "artifact.json", str(error)))
    return found
