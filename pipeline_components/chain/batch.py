"""Batch prediction with the served model: a folder of images into a predict artifact, or the one it made before."""

import hashlib
import importlib.metadata
import logging
from pathlib import Path

from pipeline_components import quiet
from pipeline_components.errors import ArtifactNotFound, BadData
from pipeline_components.predict.config import PredictConfig
from pipeline_components.store import Outcome, Recipe, ServedModel, Store, source_closure

log = logging.getLogger(__name__)

PACKAGE = "pipeline_components"
LIBRARIES = ("tensorflow", "numpy", "pyarrow")


def predict_folder(store: Store, images: Path, config: PredictConfig, *, run_id: str | None = None) -> Outcome:
    """Recognise a folder's images with the model now served.

    The images are no artifact: the recipe holds one digest of their names and bytes, so a changed folder or another
    served model makes a new artifact, and the same again is a hit. Raises ArtifactNotFound before anything is served.
    """
    version = ServedModel(store.root).current()
    if version is None:
        raise ArtifactNotFound(f"{store.root}: no model is served yet: run `digits run` first")
    model = store.artifact(version.export)
    recipe = Recipe(
        component="predict",
        config=config.model_dump(mode="json") | {"images_sha256": folder_digest(images)},
        inputs={"model": model},
        source=source_closure(f"{PACKAGE}.predict", PACKAGE),
        libraries={name: importlib.metadata.version(name) for name in LIBRARIES},
    )

    def make(out: Path) -> dict[str, object]:
        quiet.import_tensorflow()
        from pipeline_components.predict import predict

        return dict(predict(images, model.path, out=out, config=config))

    outcome = store.produce(recipe, make, run_id=run_id)
    log.info("%s  %s", outcome.artifact.id, outcome.why)
    return outcome


def folder_digest(images: Path) -> str:
    """sha256 over the names and bytes of the images in a folder; raises BadData when there are none to read."""
    from pipeline_components.predict.recognition import images_in

    files = images_in(images) if images.is_dir() else []
    if not files:
        raise BadData(f"{images}: no PNG or JPEG in it")
    digest = hashlib.sha256()
    for file in files:
        try:
            with file.open("rb") as opened:
                content = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            content = f"cannot be read ({error.strerror})"
        digest.update(f"{file.relative_to(images)}\0{content}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()
