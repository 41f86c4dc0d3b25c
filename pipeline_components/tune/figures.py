"""A study's figures, each with the sentence that says what it shows."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline_components.theme import BLUE, INK, MUTED, ORANGE, WIDTH, Drawing, canvas, legend_above
from pipeline_components.tune.axes import Axis, said
from pipeline_components.tune.trials import Trial

COLUMNS = 2  # of the slices
NAMES = {"complete": "complete", "pruned": "given up", "failed": "failed"}


def draw(trials: Sequence[Trial], best: Trial, axes: Sequence[Axis], shares: Mapping[str, float]) -> list[Drawing]:
    """Every figure that there is something for, in the order of the page."""
    scored = [trial for trial in trials if trial["validation_loss"] is not None]
    drawn = [history(trials, best)]
    if shares:
        drawn.append(importance(shares))
    return [*drawn, parallel(scored, best, axes), slices(scored, best, axes)]


def history(trials: Sequence[Trial], best: Trial) -> Drawing:
    """Validation loss by trial, and the best so far."""
    figure, axes = canvas(2.7, left=0.14, bottom=0.17, top=0.9)
    for state, colour, mark in (("complete", BLUE, "o"), ("pruned", MUTED, "v")):
        chosen = [each for each in trials if each["state"] == state]
        places = [each["number"] for each in chosen], [each["validation_loss"] for each in chosen]
        axes.plot(*places, color=colour, linestyle="none", marker=mark, markersize=4, label=NAMES[state])
    failed = [each["number"] for each in trials if each["state"] == "failed"]
    top = axes.get_ylim()[1]
    axes.plot(failed, [top] * len(failed), color=ORANGE, linestyle="none", marker="x", label=NAMES["failed"])
    complete = [each for each in trials if each["state"] == "complete"]
    so_far = [min(other["validation_loss"] for other in complete[: n + 1]) for n in range(len(complete))]  # type: ignore[type-var]
    axes.step([each["number"] for each in complete], so_far, where="post", color=BLUE, linewidth=1)
    axes.set_xlabel("trial")
    axes.set_ylabel("validation loss")
    legend_above(axes)
    alt = (
        f"Validation loss of {len(trials)} trials: the lowest is {best['validation_loss']:.4f} in trial "
        f"{best['number']}; {len(failed)} failed."
    )
    return Drawing("history", alt, figure)


def importance(shares: Mapping[str, float]) -> Drawing:
    """How much each parameter matters."""
    figure, axes = canvas(0.6 + 0.26 * len(shares), left=0.34, bottom=0.3 / (0.6 + 0.26 * len(shares)) + 0.06, top=0.97)
    names = [*shares][::-1]
    axes.barh(range(len(names)), [shares[name] for name in names], color=BLUE, height=0.6)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("share of the importance")
    axes.set_xlim(0, 1)
    told = ", ".join(f"{name} {share:.2f}" for name, share in shares.items())
    return Drawing("importance", f"Importance of each parameter for being among the best: {told}.", figure)


def parallel(trials: Sequence[Trial], best: Trial, axes_of: Sequence[Axis]) -> Drawing:
    """Every trial as a line across the parameters; the best third is darker."""
    figure, axes = canvas(3.2, left=0.08, bottom=0.22, top=0.9)
    losses = sorted(trial["validation_loss"] for trial in trials)  # type: ignore[type-var]
    good = losses[max(0, math.ceil(len(losses) / 3) - 1)]
    for trial in sorted(trials, key=lambda each: -each["validation_loss"]):  # type: ignore[operator]
        is_best, is_good = trial["number"] == best["number"], trial["validation_loss"] <= good  # type: ignore[operator]
        look: dict[str, Any] = {"color": ORANGE, "linewidth": 2.2} if is_best else {"color": BLUE if is_good else MUTED}
        places = [axis.place(trial["parameters"][axis.name]) for axis in axes_of]
        axes.plot(range(len(axes_of)), places, **{"linewidth": 1.2 if is_good else 0.5} | look)
    for number, axis in enumerate(axes_of):
        axes.axvline(number, color=MUTED, linewidth=0.5)
        for place, name in axis.ticks():
            axes.text(number + 0.03, place, name, fontsize=7, color=INK, va="center", clip_on=False)
    axes.set_xticks(range(len(axes_of)), [axis.name.replace("_", "\n") for axis in axes_of], fontsize=7.5)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_xlim(-0.1, len(axes_of) - 0.6 if len(axes_of) > 1 else 0.5)
    told = ", ".join(f"{axis.name} {said(best['parameters'][axis.name])}" for axis in axes_of)
    return Drawing("parallel", f"What each of {len(trials)} trials tried; the best one: {told}.", figure)


def slices(trials: Sequence[Trial], best: Trial, axes_of: Sequence[Axis]) -> Drawing:
    """Validation loss against each parameter."""
    from matplotlib.figure import Figure

    rows = math.ceil(len(axes_of) / COLUMNS)
    figure = Figure(figsize=(WIDTH, 1.9 * rows), facecolor="none")
    grid = figure.subplots(rows, COLUMNS, squeeze=False, sharey=True)
    figure.subplots_adjust(left=0.13, right=0.97, bottom=0.36 / rows, top=1 - 0.06 / rows, hspace=0.75, wspace=0.12)
    for number, panel in enumerate(grid.ravel()):
        if number >= len(axes_of):
            panel.set_visible(False)
            continue
        axis = axes_of[number]
        for trial in trials:
            is_best = trial["number"] == best["number"]
            colour = ORANGE if is_best else BLUE if trial["state"] == "complete" else MUTED
            place = axis.place(trial["parameters"][axis.name])
            panel.plot(
                place, trial["validation_loss"], "o", color=colour, markersize=5 if is_best else 3, zorder=2 + is_best
            )
        panel.set_xticks(*zip(*axis.ticks(), strict=True), fontsize=7)
        panel.set_xlim(-0.08, 1.08)
        panel.set_xlabel(axis.name)
    return Drawing("slices", f"Validation loss against each of {len(axes_of)} parameters.", figure)
