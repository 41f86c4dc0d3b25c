"""Why an artifact was reused or made, as data; the sentence that people read is made here and nowhere else."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Part = Literal["config", "input", "source", "library", "outside"]


@dataclass(frozen=True)
class Change:
    """One term of a recipe that is not as it was; None where there was, or is, none of that name."""

    kind: Part
    name: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """`config epochs 20 → 3`, `source pipeline_components/train/fit.py changed`."""
        if self.kind != "source":
            return f"{self.kind} {self.name} {_shown(self.before)} → {_shown(self.after)}"
        done = "added" if self.before is None else "removed" if self.after is None else "changed"
        return f"source {self.name} {done}"


def changes_between(
    kind: Part,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    told: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None,
) -> list[Change]:
    """What differs between two mappings; `told` has the words for either's values, if these are not fit to read."""
    old, new = told or (before, after)
    return [
        Change(kind, name, _text(old, name), _text(new, name))
        for name in [*after, *(name for name in before if name not in after)]
        if (name in before) != (name in after) or before.get(name) != after.get(name)
    ]


@dataclass(frozen=True)
class Reason:
    """What a lookup found.

    `hit`: artifact `id` is the recipe's. `forced`: nobody looked. `new`: there is nothing to compare with. `damaged`:
    `file` of `id`, which is the recipe's, is not as it was published. `changed`: `id` is the most similar artifact,
    and `changes` say how the recipe differs from it, most telling first.
    """

    kind: Literal["hit", "forced", "new", "damaged", "changed"]
    id: str | None = None
    file: str | None = None
    changes: tuple[Change, ...] = ()

    def __str__(self) -> str:
        """`HIT: train/1`, or `MISS: config epochs 20 → 3 and 1 more`."""
        return f"HIT: {self.id}" if self.kind == "hit" else f"MISS: {self._said()}"

    def _said(self) -> str:
        if self.kind == "forced":
            return "forced"
        if self.kind == "new":
            return "nothing like it yet"
        if self.kind == "damaged":
            return f"{self.id} is damaged: {self.file}"
        more = f" and {len(self.changes) - 1} more" if len(self.changes) > 1 else ""
        return f"{self.changes[0]}{more}"

    def as_json(self) -> dict[str, Any]:
        """The reason as a run's record holds it."""
        return asdict(self) | {"changes": [asdict(each) for each in self.changes]}


def _text(values: Mapping[str, Any], name: str) -> str | None:
    if name not in values:
        return None
    value = values[name]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _shown(text: str | None) -> str:
    if text is None:
        return "(none)"
    return text if len(text) <= 60 else f"{text[:57]}..."
