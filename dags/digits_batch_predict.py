"""Recognises a folder of images whenever another model is served.

Scheduled by the asset that `digits_retraining` emits when it exports. The folder is DIGITS_BATCH_DIR, or the parameter
`images` of a manual run; the result is a `predict` artifact with `predictions.parquet`: a row an image, with its digit,
probabilities, or why it could not be read. The same images and model again are found, not made.
"""

import logging
import os
from pathlib import Path

from airflow.sdk import Asset, Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from pipeline_components.errors import DigitsError
from pipeline_components.predict import PredictConfig

log = logging.getLogger("pipeline_components.dag")

SERVED_MODEL = Asset("digits/served-model")
BATCH = PredictConfig.model_json_schema()["properties"]["predict_batch"]


def predict() -> str | None:
    """Recognises every PNG and JPEG in the folder; gives the artifact's id. Skipped where no folder is named."""
    from pipeline_components.chain.batch import predict_folder
    from pipeline_components.store import Store

    context = get_current_context()
    folder = context["params"]["images"] or os.environ.get("DIGITS_BATCH_DIR")
    if not folder:
        raise AirflowSkipException("no folder of images: set DIGITS_BATCH_DIR, or the parameter `images`")
    os.nice(5)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    config = PredictConfig(predict_batch=context["params"]["predict_batch"])
    store = Store(Path(os.environ.get("DIGITS_STORE", "artifacts")).resolve())
    try:
        outcome = predict_folder(store, Path(folder), config, run_id=context["run_id"])
    except DigitsError as error:
        raise AirflowFailException(" ".join(str(error).split())) from None
    facts = outcome.artifact.manifest.facts
    log.info("%d images, %d of them unreadable: %s", facts["images"], facts["unreadable"], outcome.artifact.path)
    return outcome.artifact.id


@dag(
    schedule=[SERVED_MODEL],
    params={
        "images": Param(
            None, type=["null", "string"], description="Folder of PNG and JPEG images; DIGITS_BATCH_DIR when empty."
        ),
        "predict_batch": Param(**BATCH),
    },
    doc_md=__doc__,
    max_active_runs=1,
    tags=["digits"],
)
def digits_batch_predict() -> None:
    """One task: the store finds or makes the predictions."""
    task(task_id="predict", doc_md=predict.__doc__)(predict)()


digits_batch_predict()
