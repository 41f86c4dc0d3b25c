"""What the collector has removed: its numbers are never given again."""

from pathlib import Path

from pipeline_components.errors import StoreError
from pipeline_components.store.disk import read_file
from pipeline_components.store.lock import replace_file
from pipeline_components.store.seal import FORMAT, seal, unseal

NAME = ".collected.json"


def collected(root: Path, component: str) -> list[int]:
    """The numbers of a component's artifacts that were collected; raises StoreError if the list is damaged."""
    path = root / component / NAME
    try:
        numbers = unseal(read_file(path), str(path)).get("numbers")
    except FileNotFoundError:
        return []
    if not isinstance(numbers, list) or not all(type(number) is int for number in numbers):
        raise StoreError(f"{path}: numbers: a list of integers expected")
    return numbers


def highest_collected(root: Path, component: str) -> int:
    """The highest number ever collected, 0 if none."""
    return max(collected(root, component), default=0)


def record(root: Path, component: str, numbers: list[int]) -> None:
    """Write down that these are being collected, before the first of them goes."""
    known = sorted({*collected(root, component), *numbers})
    replace_file(root / component / NAME, seal({"format": FORMAT, "numbers": known}))


def forget(root: Path, component: str, numbers: list[int]) -> None:
    """Take back from the list what was spared in the end."""
    if numbers:
        left = sorted(set(collected(root, component)) - set(numbers))
        replace_file(root / component / NAME, seal({"format": FORMAT, "numbers": left}))
