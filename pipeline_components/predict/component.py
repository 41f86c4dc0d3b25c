"""Predict (TFX: BulkInferrer): a folder of images, recognised by an exported model.

Writes `predictions.parquet` into `out`, one row per image in the order of their names: image (path within the folder),
digit uint8, confidence float32, probabilities list<float32>[classes], error (why there is no digit, else null).
"""

import logging
from pathlib import Path
from typing import TypedDict

from pipeline_components.predict.config import PredictConfig

log = logging.getLogger(__name__)


class PredictFacts(TypedDict):
    """How many images there were, how many could not be read, and the digits found."""

    images: int
    unreadable: int
    digits: dict[str, int]


def predict(images: Path, model: Path, *, out: Path, config: PredictConfig) -> PredictFacts:
    """Recognise every PNG and JPEG in a folder, a batch at a time, whatever their number.

    Reads an export artifact. Raises BadData when the folder holds no image, BadModel when the export cannot be loaded.
    """
    import pyarrow.parquet as pq

    from pipeline_components.data.exported_model import Identity
    from pipeline_components.errors import BadData
    from pipeline_components.predict.recognition import Recogniser, columns, images_in, read_images

    files = images_in(images)
    if not files:
        raise BadData(f"{images}: no PNG or JPEG in it")
    classes = Identity.read(model).classes
    facts: PredictFacts = {"images": 0, "unreadable": 0, "digits": dict.fromkeys(classes, 0)}
    recogniser = Recogniser(model / "saved_model")
    schema = columns([], len(classes)).schema
    with pq.ParquetWriter(out / "predictions.parquet", schema) as writer:
        for rows in recogniser.recognise(read_images(files, images), config.predict_batch):
            writer.write_batch(columns(rows, len(classes)))
            facts["images"] += len(rows)
            facts["unreadable"] += sum(row.error is not None for row in rows)
            for row in rows:
                if row.digit is not None:
                    facts["digits"][classes[row.digit]] += 1
            log.info("%d of %d images", facts["images"], len(files))
    return facts
