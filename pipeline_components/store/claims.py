"""Claims: from where on in the log of a component's artifacts a recipe's is found, `keys/<recipe key>/<n>.json`.

A claim has the number that was the log's last when the recipe was claimed. Whoever publishes has seen every entry
since, so a claim has one artifact, whoever made it first; a claim whose writer died is anybody's to go on with. A
recipe is claimed again to be made anew: when that is forced, or what was made is damaged or was collected.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pipeline_components.store.ledger import Document, path_of
from pipeline_components.store.manifest import Manifest
from pipeline_components.store.mirror import ARTIFACTS, Mirror, is_collected

KEYS = "keys"


class Claims:
    """The claims in a bucket's ledger."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._ledger = mirror.ledger

    def made(self, component: str, key: str) -> Iterator[tuple[str, Document]]:
        """The artifacts of a recipe, the last claim's first: id, and the log's entry."""
        for claim in range(self._ledger.last(f"{KEYS}/{key}"), 0, -1):
            claimed = self._ledger.entry(f"{KEYS}/{key}", claim)
            if claimed is None or is_collected(claimed):
                continue
            number = claimed["after"] + 1
            while entry := self._ledger.entry(f"{ARTIFACTS}/{component}", number):
                if _is_of(entry, key, claim):
                    yield f"{component}/{number}", entry
                    break
                number += 1

    def enter(self, unnamed: Manifest, *, anew: bool) -> tuple[Manifest, bool]:
        """Put a manifest under the log's next number; that, or whoever's came first, and whether it is ours."""
        component, key = unnamed.component, unnamed.key
        claim, after = self._claim(component, key, anew=anew)
        taken: list[dict[str, Any]] = []

        def named(number: int) -> Manifest:
            return replace(unnamed, id=f"{component}/{number}")

        def entry(number: int) -> Document:
            return {"key": key, "claim": claim, "manifest": named(number).render().decode()}

        def is_made(_: int, found: Document) -> bool:
            taken.extend([found] if _is_of(found, key, claim) else [])
            return bool(taken)

        number = self._ledger.append(f"{ARTIFACTS}/{component}", after, entry, is_made)
        return (self._mirror.keep(f"{component}/{number}", taken[0]), False) if taken else (named(number), True)

    def _claim(self, component: str, key: str, *, anew: bool) -> tuple[int, int]:
        """The claim under which a recipe is published, and the number after which its artifact may be."""
        last = self._ledger.last(f"{KEYS}/{key}")
        number = last + 1 if anew else max(last, 1)
        while True:
            path = path_of(f"{KEYS}/{key}", number)
            after = self._mirror.last(component) if number > last else 0
            if number > last and self._ledger.create(path, {"after": after}):
                return number, after
            found = self._ledger.get(path)
            if found is not None and not anew and not is_collected(found):
                return number, found["after"]
            number += 1


def _is_of(entry: Document, key: str, claim: int) -> bool:
    return (entry.get("key"), entry.get("claim")) == (key, claim)
