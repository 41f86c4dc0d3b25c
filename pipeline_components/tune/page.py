"""The page of a study, filled in by a template."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from pipeline_components.stats.wilson import wilson
from pipeline_components.templates import templates
from pipeline_components.theme import Drawing
from pipeline_components.tune.axes import Axis, said
from pipeline_components.tune.config import TuneConfig
from pipeline_components.tune.trials import Trial

HERE = Path(__file__).parent
RESOURCES = ("study.html.j2", "study.css")


def render(
    trials: Sequence[Trial],
    best: Trial,
    *,
    config: TuneConfig,
    axes: Sequence[Axis],
    drawings: Sequence[Drawing],
    artifacts: Mapping[int, str | None],
    examples: int,
) -> str:
    """The whole page as one string of HTML: no script, no network."""
    environment = templates(HERE)
    environment.filters["said"] = said
    right = round((best["validation_accuracy"] or 0) * examples)
    return environment.get_template("study.html.j2").render(
        css=Markup((HERE / "study.css").read_text(encoding="utf-8")),
        trials=sorted(trials, key=lambda trial: (trial["validation_loss"] is None, trial["validation_loss"] or 0)),
        best=best,
        config=config,
        names=[axis.name for axis in axes],
        figures=[(drawing.name, drawing.alt, drawing.svg()) for drawing in drawings],
        artifacts=artifacts,
        examples=examples,
        interval=wilson(right, examples),
        counts={state: sum(trial["state"] == state for trial in trials) for state in ("complete", "pruned", "failed")},
    )
