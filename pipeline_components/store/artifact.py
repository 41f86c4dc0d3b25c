"""A published artifact: a folder and its manifest."""

from dataclasses import dataclass
from pathlib import Path

from pipeline_components.store.ids import parse_id
from pipeline_components.store.manifest import Manifest


@dataclass(frozen=True)
class Artifact:
    """What the store hands out: `path` is read-only for everyone."""

    id: str
    path: Path
    manifest: Manifest

    @property
    def component(self) -> str:
        """`train` of `train/7`."""
        return parse_id(self.id)[0]

    @property
    def number(self) -> int:
        """`7` of `train/7`."""
        return parse_id(self.id)[1]

    @property
    def digest(self) -> str:
        """The manifest's digest."""
        return self.manifest.digest

    def as_input(self) -> dict[str, str]:
        """How another artifact's manifest names this one."""
        return {"id": self.id, "digest": self.manifest.digest, "content": self.manifest.content}
