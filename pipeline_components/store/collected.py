"""Numbers of the artifacts that gc deleted: they are never given again."""

from pathlib import Path

from pipeline_components.errors import StoreError
from pipeline_components.store.ids import LAST_NUMBER
from pipeline_components.store.lock import replace_file
from pipeline_components.store.seal import FORMAT, read_sealed, seal

NAME = ".collected.json"


def path(root: Path, component: str) -> Path:
    """Where a component's list stands."""
    return root / component / NAME


def collected(root: Path, component: str) -> list[int]:
    """The numbers of a component's artifacts that were collected; raises StoreError if the list is damaged."""
    file = path(root, component)
    body = read_sealed(file)
    numbers = body.get("numbers") if body is not None else []
    if not isinstance(numbers, list) or not all(type(each) is int and 0 < each <= LAST_NUMBER for each in numbers):
        raise StoreError(f"{file}: numbers: a list of artifacts' numbers expected")
    return numbers


def record(root: Path, component: str, numbers: list[int]) -> None:
    """Write down that these are being collected, before the first of them goes."""
    _write(root, component, {*collected(root, component), *numbers})


def forget(root: Path, component: str, numbers: list[int]) -> None:
    """Take back from the list what was spared in the end."""
    if numbers:
        _write(root, component, set(collected(root, component)) - set(numbers))


def _write(root: Path, component: str, numbers: set[int]) -> None:
    replace_file(root, f"{component}/{NAME}", seal({"format": FORMAT, "numbers": sorted(numbers)}))
