"""Recognises a folder of images whenever another model is served.

Scheduled by the asset that `digits_retraining` emits when it exports. The folder is DIGITS_BATCH_DIR, or the parameter
`images` of a manual run; the result is a `predict` artifact with `predictions.parquet`: one row per image, with its
digit and probabilities, or why it could not be read. The same images and model again are found, not made.
"""

import logging
import os
from pathlib import Path

from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from pipeline_components.predict import PredictConfig
from tasks import SERVED_MODEL, open_store, prepare_process, said_in_one_line

log = logging.getLogger("pipeline_components.dag")

BATCH = PredictConfig.model_json_schema()["properties"]["predict_batch"]


@said_in_one_line()
def predict() -> str | None:
    """Recognises every PNG and JPEG in the folder; gives the artifact's id. Skipped where no folder is named."""
    from pipeline_components.chain.batch import predict_folder

    context = get_current_context()
    folder = context["params"]["images"] or os.environ.get("DIGITS_BATCH_DIR")
    if not folder:
        raise AirflowSkipException("no folder of images: set DIGITS_BATCH_DIR, or the parameter `images`")
    prepare_process()
    config = PredictConfig(predict_batch=context["params"]["predict_batch"])
    outcome = predict_folder(open_store(), Path(folder), config, run_id=context["run_id"])
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
