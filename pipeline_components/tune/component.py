"""Make of a study's trials what people and `train` read: a table, the best parameters, figures and a page."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from pipeline_components.tune.config import TuneConfig

log = logging.getLogger(__name__)


class TuneFacts(TypedDict):
    """What the search came to; `study_digest` is the same for the same trials, whatever time they took."""

    network: str
    trials: int
    complete: int
    pruned: int
    failed: int
    best: int
    validation_loss: float
    validation_accuracy: float
    study_digest: str


def tune(examples: Path, trials: Sequence[Path], study: Path, *, out: Path, config: TuneConfig) -> TuneFacts:
    """Write `trials.parquet` (one row per trial), `best.json`, `study.json`, `figures/*.png` and `study.html`.

    Reads `study.json`, for each trial with a model its train artifact (`history.parquet`, and the id in its manifest),
    in the order of their numbers, and how many validation examples a preprocess artifact has; never a test split.
    Raises BadData when no trial is complete, or the artifacts are not as many as the study's.
    """
    from pipeline_components.errors import BadData
    from pipeline_components.json_files import write_json
    from pipeline_components.tune.tables import best_config, best_of, write_table
    from pipeline_components.tune.trials import digest_of, has_model, read_trials, write_trials

    found = read_trials(study)
    made = [trial for trial in found if has_model(trial)]
    if len(made) != len(trials):
        raise BadData(f"{study}: {len(made)} trials with a model found, and {len(trials)} artifacts of train given")
    best = best_of(found)
    models = {trial["number"]: folder for trial, folder in zip(made, trials, strict=True)}
    out.mkdir(parents=True, exist_ok=True)
    write_trials(found, out)
    write_table(found, models, out / "trials.parquet")
    write_json(out / "best.json", best_config(best, models[best["number"]], config))
    log.info("best: trial %d, validation loss %.4f", best["number"], best["validation_loss"])
    states = [trial["state"] for trial in found]
    assert best["validation_loss"] is not None and best["validation_accuracy"] is not None
    return TuneFacts(
        network=config.network,
        trials=len(found),
        complete=states.count("complete"),
        pruned=states.count("pruned"),
        failed=states.count("failed"),
        best=best["number"],
        validation_loss=best["validation_loss"],
        validation_accuracy=best["validation_accuracy"],
        study_digest=digest_of(found),
    )
