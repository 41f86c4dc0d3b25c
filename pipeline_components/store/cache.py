"""A folder in which the artifacts of a bucket appear: whole and verified, or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from pipeline_components.errors import ArtifactDamaged, StoreError
from pipeline_components.store import disk, files, lock
from pipeline_components.store.artifact import Artifact
from pipeline_components.store.bucket import Bucket
from pipeline_components.store.index import Index
from pipeline_components.store.manifest import NAME, Manifest
from pipeline_components.store.publish import settle


class Cache:
    """Copies of a bucket's artifacts."""

    def __init__(self, root: Path, bucket: Bucket) -> None:
        self._root = root
        self._bucket = bucket

    def bring(self, manifest: Manifest) -> None:
        """Let an artifact appear, every byte compared, unless it is here."""
        folder = self._root / manifest.id
        if folder.is_dir():
            return
        with lock.locked(self._root, "fetch", manifest.id.replace("/", "-")):
            if folder.is_dir():
                return
            errors = disk.disk_errors(folder, "fetching", manifest.size_bytes)
            with errors, lock.draft_folder(lock.drafts(self._root)) as draft:
                files.fetch(self._bucket, manifest.files, draft)
                if settle(draft, manifest.component) != manifest.files:
                    raise ArtifactDamaged(f"{folder}: the copy is not what was fetched: check the disk")
                self.show(draft, manifest)

    def show(self, draft: Path, manifest: Manifest) -> Artifact:
        """Rename a draft, whose files the disk has, to where readers look."""
        folder, component = self._root / manifest.id, manifest.component
        disk.make_folder(folder.parent)
        (draft / NAME).unlink(missing_ok=True)
        disk.write_new(draft / NAME, manifest.render())
        disk.sync_folder(draft)
        shared = lock.locked(self._root, "store", shared=True, keep=True)
        with shared, lock.locked(self._root, "component", component, keep=True):
            if not folder.is_dir():
                lock.reveal(draft, folder)
            with suppress(OSError, StoreError):
                Index(self._root, component).take_in(int(folder.name))
        return Artifact(manifest.id, folder, manifest)

    def drop(self, artifact_id: str) -> None:
        """Take a copy out, unless somebody reads it."""
        if (descriptor := lock.hold(self._root / artifact_id, shared=False)) is not None:
            try:
                lock.remove(lock.discard(self._root, self._root / artifact_id))
            finally:
                os.close(descriptor)
