"""A published artifact: a folder and its manifest."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_components.errors import ArtifactDamaged
from pipeline_components.store.disk import sha256_of
from pipeline_components.store.ids import parse_id
from pipeline_components.store.manifest import Manifest


@dataclass(frozen=True)
class Artifact:
    """What the store hands out: `folder` is read-only for everyone; `bring` fetches it from where it still is."""

    id: str
    folder: Path
    manifest: Manifest
    bring: Callable[[], object] | None = field(default=None, repr=False, compare=False)

    @property
    def path(self) -> Path:
        """The folder with its files; what is in a bucket is fetched when this is asked for."""
        if self.bring is not None:
            self.bring()
        return self.folder

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

    def intact(self, name: str) -> Path:
        """The path of one of its files; raises ArtifactDamaged if a byte of it is not as it was published."""
        if what := self._wrong_with(name):
            raise ArtifactDamaged(f"{self.id}: {name}: {what}: run again what made it, or restore it from a copy")
        return self.path / name

    def _wrong_with(self, name: str) -> str | None:
        expected = self.manifest.files.get(name)
        if expected is None:
            return "not in its manifest"
        try:
            size = (self.path / name).lstat().st_size
            if size != expected["size"]:
                return f"{size} bytes found, {expected['size']} expected"
            return None if sha256_of(self.path / name) == expected["sha256"] else "its bytes have changed"
        except OSError as error:
            return "missing" if isinstance(error, FileNotFoundError) else str(error.strerror).lower()

    def as_input(self) -> dict[str, str]:
        """How another artifact's manifest names this one."""
        return {"id": self.id, "digest": self.manifest.digest, "content": self.manifest.content}
