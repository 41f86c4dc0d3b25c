"""Recognises a folder of images when a run of `digits_retraining` has put another version into service.

Scheduled by the asset event that such a run emits. After a push or a rollback by the command line, which emit none,
trigger it by hand: it takes what is served. The folder is DIGITS_BATCH_DIR, or the parameter
`images` of a manual run; the result is a `predict` artifact with `predictions.parquet`: one row per image, with its
digit and probabilities, or why it could not be read. The same images and model again are found, not made.
"""

import logging

from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

import notices
from lineage import tell_lineage
from pipeline_components.chain.components import COMPONENTS
from pipeline_components.chain.form import flat_schema
from tasks import MAKING, SERVED_MODEL, first_line, open_store, outside, param, prepare_process, said_in_one_line

log = logging.getLogger("pipeline_components.dag")

PREDICT = COMPONENTS["predict"]
IMAGES = PREDICT.outside["images"]
FORM = flat_schema({"predict": PREDICT.config})


@said_in_one_line()
def predict() -> str | None:
    """Recognises every PNG and JPEG in the folder; gives the artifact's id. Skipped where no folder is named."""
    from pipeline_components.chain.produce import produce

    context = get_current_context()
    folders = outside(PREDICT, images=context["params"]["images"])
    if not folders:
        raise AirflowSkipException(f"no folder of images: set {IMAGES.env_var}, or the parameter `images`")
    prepare_process()
    config = PREDICT.config.model_validate({"predict_batch": context["params"]["predict_batch"]})
    outcome = produce(PREDICT, open_store(), config, {}, outside=folders, run_id=context["run_id"])
    tell_lineage([outcome.artifact])
    facts = outcome.artifact.manifest.facts
    log.info("%d images, %d of them unreadable: %s", facts["images"], facts["unreadable"], outcome.artifact.path)
    return outcome.artifact.id


@dag(
    schedule=[SERVED_MODEL],
    params={
        "images": param(
            "images", None, type=["null", "string"], description=f"{IMAGES.help[:-1]}; {IMAGES.env_var} when empty."
        ),
        **{name: Param(**schema) for name, schema in FORM.items()},
    },
    description=first_line(__doc__),
    doc_md=__doc__,
    max_active_runs=1,
    on_failure_callback=notices.on_failure(),
    tags=["digits"],
    default_args=MAKING,
)
def digits_batch_predict() -> None:
    """One task: the store finds or makes the predictions."""
    task(task_id="predict", doc_md=predict.__doc__)(predict)()


digits_batch_predict()
