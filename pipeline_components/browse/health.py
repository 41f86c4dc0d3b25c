"""How a store is: how much is in it, what of it is damaged to the eye, when every byte was last verified."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline_components.store import Store
from pipeline_components.store.catalog import Summary
from pipeline_components.store.verified import Verified, last_verified


@dataclass(frozen=True)
class Share:
    """A component's part of the store."""

    component: str
    artifacts: int
    size_bytes: int


@dataclass(frozen=True)
class Health:
    """`damaged` are artifacts whose manifest cannot be read; damage to other files shows in `verified` alone."""

    shares: list[Share]
    damaged: list[str]
    verified: Verified | None

    @property
    def artifacts(self) -> int:
        """How many artifacts there are."""
        return sum(each.artifacts for each in self.shares)

    @property
    def size_bytes(self) -> int:
        """The bytes of all artifacts' files."""
        return sum(each.size_bytes for each in self.shares)


def health_of(store: Store) -> Health:
    """What can be told at the cost of a list of the store."""
    everything = store.summaries()
    return Health(_shares(everything), [each.damage for each in everything if each.damage], last_verified(store.root))


def _shares(everything: Sequence[Summary]) -> list[Share]:
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for each in everything:
        component = each.id.partition("/")[0]
        counts[component] += 1
        sizes[component] += each.size_bytes
    return [Share(name, count, sizes[name]) for name, count in counts.items()]
