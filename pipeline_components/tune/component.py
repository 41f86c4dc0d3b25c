"""Make of a study's trials what people and `train` read: a table, the best parameters, figures and a page."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from pipeline_components.tune.config import TuneConfig

if TYPE_CHECKING:
    from pipeline_components.tune.trials import Trial

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

    Reads `study.json`, of each train artifact, in the order of the trials that have one, the id in its manifest, and
    how many validation examples a preprocess artifact has; never a test split.
    Raises BadData when no trial is complete, or the artifacts are not as many as the study's.
    """
    from pipeline_components.errors import BadData
    from pipeline_components.json_files import write_json
    from pipeline_components.tune.tables import artifact_id, best_config, best_of, write_table
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
    artifacts = {number: artifact_id(folder) for number, folder in models.items()}
    _illustrate(found, best, artifacts, examples, out, config)
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


def _illustrate(
    trials: "Sequence[Trial]",
    best: "Trial",
    artifacts: "Mapping[int, str | None]",
    examples: Path,
    out: Path,
    config: TuneConfig,
) -> None:
    """Write the figures and the page that has them."""
    from pipeline_components import theme
    from pipeline_components.data.examples import read_examples
    from pipeline_components.tune import figures, page
    from pipeline_components.tune.axes import Axis
    from pipeline_components.tune.importance import importances

    dimensions = config.dimensions()
    axes = [Axis(name, dimension) for name, dimension in dimensions.items()]
    held_out = len(read_examples(examples / "validation.arrow"))
    (out / "figures").mkdir(exist_ok=True)
    with theme.styled():
        drawings = figures.draw(trials, best, axes, importances(trials, dimensions))
        for drawing in drawings:
            (out / "figures" / f"{drawing.name}.png").write_bytes(drawing.png())
        html = page.render(
            trials, best, config=config, axes=axes, drawings=drawings, artifacts=artifacts, examples=held_out
        )
    (out / "study.html").write_text(html, encoding="utf-8")
