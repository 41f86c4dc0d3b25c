"""The report's figures, each with the sentence that says what it shows."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipeline_components.report import tables
from pipeline_components.report.reading import Findings
from pipeline_components.report.words import NONE, interval, listed, number, percent, plural
from pipeline_components.theme import BLUE, INK, MUTED, ORANGE, PAPER, WIDTH, Drawing, canvas, legend_above

LEGIBLE = 20  # classes up to which a matrix has room for numbers
FAINT = 0.55  # the strongest tint behind text: ink stays readable on it, in both schemes
PERCENT = FuncFormatter(lambda share, _: f"{100 * share:.10g}%")


def draw(findings: Findings, past: pd.DataFrame) -> list[Drawing]:
    """Every figure that these findings have something for, in the order of the page."""
    classes, per_class = findings.classes, tables.per_class(findings)
    drawn = [
        curve(findings.curves, "accuracy"),
        curve(findings.curves, "loss"),
        confusion(tables.confusion(findings.model, classes)),
        misread(per_class),
    ]
    if len(bins := tables.calibration(findings.metrics)):
        drawn.append(calibration(bins, findings.metrics["calibration"]["ece"]))
    if findings.champion:
        change = tables.confusion(findings.model, classes) - tables.confusion(findings.champion, classes)
        drawn.append(confusion_change(change))
    if len(past) > 1:
        drawn.append(history(past))
    return [*drawn, samples(findings.counts)]


def curve(curves: pd.DataFrame, quantity: str) -> Drawing:
    """Training and validation, epoch by epoch."""
    epochs, validation = curves["epoch"], f"validation_{quantity}"
    figure, axes = canvas(2.7, left=0.14, bottom=0.17, top=0.9)
    say = percent if quantity == "accuracy" else number
    for column, name, colour, dashes, mark in (
        (quantity, "training", BLUE, "-", "o"),
        (validation, "validation", ORANGE, "--", "s"),
    ):
        axes.plot(epochs, curves[column], color=colour, linestyle=dashes, marker=mark, markersize=3, label=name)
    axes.set_xlim(0.5, len(curves) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.yaxis.set_major_formatter(PERCENT if quantity == "accuracy" else FuncFormatter(lambda y, _: f"{y:g}"))
    if quantity == "loss":
        axes.set_ylim(bottom=0)
    legend_above(axes)
    first, last = curves.iloc[0], curves.iloc[-1]
    alt = (
        f"{quantity.capitalize()} over {plural(len(curves), 'epoch')}: in training from {say(float(first[quantity]))} "
        f"to {say(float(last[quantity]))}, in validation from {say(float(first[validation]))} "
        f"to {say(float(last[validation]))}."
    )
    return Drawing(quantity, alt, figure)


def matrix(values: pd.DataFrame, tint: np.ndarray, text: np.ndarray, colour: np.ndarray) -> Any:
    """A square of numbers, label by row and answer by column, each cell tinted by its colour and strength."""
    classes, n = [str(name) for name in values.index], len(values)
    longest = max(map(len, classes))
    left = min(0.08 + 0.014 * max(longest - 1, 0), 0.3)
    figure, axes = canvas(WIDTH, left=left, bottom=left, top=0.99)
    axes.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5), xlabel="read as", ylabel="is")
    row, column = (axis.ravel() for axis in np.indices((n, n)))
    corners = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    for hue in np.unique(colour):
        chosen = (colour == hue).ravel() & (tint.ravel() > 0)
        fills = np.tile(to_rgba(hue), (int(chosen.sum()), 1))
        fills[:, 3] = FAINT * tint.ravel()[chosen]
        squares = np.stack([column, row], 1)[chosen][:, None] + corners
        axes.add_collection(PolyCollection(squares, facecolors=fills, edgecolors="none"), autolim=False)
    if n <= LEGIBLE:
        for i, j in zip(*np.nonzero(text != ""), strict=True):
            axes.text(j, i, text[i, j], ha="center", va="center", fontsize=min(9.5, 95 / n))
    axes.set_xticks(range(n), classes, rotation=0 if longest < 4 else 90, fontsize=min(9.5, 240 / n))
    axes.set_yticks(range(n), classes, fontsize=min(9.5, 240 / n))
    axes.grid(False)
    for side in axes.spines.values():
        side.set_visible(False)
    return figure


def confusion(counts: pd.DataFrame) -> Drawing:
    """Counts by label and answer, tinted by their share of the row: blue for right, orange for mistakes."""
    values = counts.to_numpy()
    share = values / np.maximum(values.sum(axis=1, keepdims=True), 1)
    mistakes = share * ~np.eye(len(values), dtype=bool)
    tint = np.where(np.eye(len(values), dtype=bool), 0.7 * share, mistakes / max(mistakes.max(), 1e-9))
    colour = np.where(np.eye(len(values), dtype=bool), BLUE, ORANGE)
    text = np.where(values > 0, values.astype(str), "")
    worst = [
        f"{mix['count']} of {mix['support']} {mix['class']} read as {mix['read as']}"
        for mix in tables.confusions(counts).head(3).to_dict("records")
    ]
    alt = f"Confusion matrix of {values.sum():,} test images: {np.trace(values):,} on the diagonal are right. " + (
        f"Most often confused: {listed(worst)}." if worst else "No image is misread."
    )
    return Drawing("confusion", alt, matrix(counts, tint, text, colour))


def confusion_change(change: pd.DataFrame) -> Drawing:
    """Counts less the champion's: blue where that is better (more right, fewer mistakes), orange where worse."""
    values = change.to_numpy()
    good = np.where(np.eye(len(values), dtype=bool), values > 0, values < 0)
    tint = np.abs(values) / max(np.abs(values).max(), 1)
    text = np.where(values > 0, np.char.add("+", values.astype(str)), np.char.replace(values.astype(str), "-", "−"))
    text = np.where(values == 0, "", text)
    alt = (
        f"Change of the confusion matrix against the champion: {int(np.trace(values)):+,} images right; "
        f"{int(good[values != 0].sum())} cells better, {int((~good)[values != 0].sum())} worse."
    )
    return Drawing("confusion_change", alt, matrix(change, tint, text, np.where(good, BLUE, ORANGE)))


def misread(per_class: pd.DataFrame) -> Drawing:
    """Bars from zero of what goes wrong by class, because bars of recall would all look full."""
    names, n = [str(name) for name in per_class.index], len(per_class)
    missed = 1 - per_class["recall"].to_numpy(float)
    low, high = 1 - per_class["recall_high"].to_numpy(float), 1 - per_class["recall_low"].to_numpy(float)
    wrong = 1 - per_class["precision"].to_numpy(float)
    figure, axes = canvas(max(2.9, 0.27 * n), left=min(0.06 + 0.016 * max(map(len, names)), 0.3), top=0.91, bottom=0.1)
    rows = np.arange(n)
    axes.barh(rows - 0.18, missed, 0.36, color=BLUE, label="missed, with interval")
    axes.barh(rows + 0.18, wrong, 0.36, facecolor="none", edgecolor=ORANGE, hatch="////", label="wrongly named")
    axes.hlines(rows - 0.18, low, high, color=INK, linewidth=1)
    axes.set_yticks(rows, names)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.grid(False, axis="y")
    axes.xaxis.set_major_formatter(PERCENT)
    legend_above(axes)
    parts = [
        f"{name} {percent(miss, 1)} (interval {interval(a, b, 1)})"
        for name, miss, a, b in zip(names, missed, low, high, strict=True)
    ]
    return Drawing("classes", f"Share of each class's images that are misread: {listed(parts)}.", figure)


def calibration(bins: pd.DataFrame, error: float) -> Drawing:
    """Accuracy by stated confidence, and how many images stand behind each point."""
    figure, axes = canvas(3.6, left=0.16, bottom=0.36, top=0.92)
    axes.plot([0, 1], [0, 1], color=MUTED, linestyle=":", linewidth=1, label="as sure as right")
    axes.vlines(bins["confidence"], bins["low"], bins["high"], color=BLUE, linewidth=1.2)
    axes.plot(bins["confidence"], bins["accuracy"], color=BLUE, marker="o", markersize=4, label="this model")
    axes.set(xlim=(0, 1.02), ylim=(0, 1.04), ylabel="images right")
    axes.tick_params(labelbottom=False)
    axes.yaxis.set_major_formatter(PERCENT)
    legend_above(axes)
    beneath = figure.add_axes((0.16, 0.13, 0.81, 0.19), sharex=axes)
    beneath.bar(bins["middle"], bins["count"], width=0.058, color=BLUE, alpha=FAINT)
    beneath.set_yscale("log")
    beneath.minorticks_off()
    beneath.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    beneath.set(xlabel="stated probability of the answer", ylabel="images")
    beneath.xaxis.set_major_formatter(PERCENT)
    parts = [
        f"{int(b['count']):,} answers {percent(b['confidence'], 0)} sure are {percent(b['accuracy'], 0)} right"
        for b in bins.to_dict("records")
    ]
    alt = f"Expected calibration error {percent(error)}: {listed(parts)}."
    return Drawing("calibration", alt, figure)


def samples(counts: pd.DataFrame) -> Drawing:
    """Each class's share of each split, side by side: equal heights mean splits of one kind."""
    names, splits = [str(name) for name in counts.index], list(counts.columns)
    shares = counts / counts.sum()
    figure, axes = canvas(2.5, left=0.14, bottom=0.13 if max(map(len, names)) < 4 else 0.36, top=0.9)
    width = 0.8 / len(splits)
    looks: list[dict[str, Any]] = [
        {"facecolor": BLUE},
        {"facecolor": ORANGE},
        {"facecolor": PAPER, "edgecolor": MUTED, "linewidth": 0.8},
    ]
    for k, split in enumerate(splits):
        axes.bar(
            np.arange(len(names)) + (k - (len(splits) - 1) / 2) * width,
            shares[split],
            width,
            label=split,
            **looks[k % 3],
        )
    turned, size = 0 if max(map(len, names)) < 4 else 90, min(9.5, 240 / len(names))
    axes.set_xticks(range(len(names)), names, rotation=turned, fontsize=size)
    axes.grid(False, axis="x")
    axes.yaxis.set_major_formatter(PERCENT)
    legend_above(axes)
    parts = [f"{split} {shares[split].min():.1%} to {shares[split].max():.1%}" for split in splits]
    return Drawing("samples", f"Share of each of {len(names)} classes by split: {listed(parts)}.", figure)


def history(past: pd.DataFrame) -> Drawing:
    """Accuracy with its interval over the line's evaluations, each marked by what was decided."""
    figure, axes = canvas(2.7, left=0.14, bottom=0.17, top=0.9)
    place = np.arange(len(past))
    axes.vlines(place, past["accuracy_low"], past["accuracy_high"], color=MUTED, linewidth=1)
    axes.plot(place, past["accuracy"], color=MUTED, linewidth=0.6)
    for verdict, colour, mark in (("blessed", BLUE, "o"), ("refused", ORANGE, "X"), ("forced", INK, "^")):
        chosen = (past["verdict"] == verdict).to_numpy()
        if chosen.any():
            axes.plot(place[chosen], past["accuracy"][chosen], mark, color=colour, markersize=6, label=verdict)
    step = -(-len(past) // 12)
    axes.set_xticks(place[::step], [str(name).rpartition("/")[2] for name in past["evaluation"][::step]])
    axes.set_xlabel("evaluation")
    axes.yaxis.set_major_formatter(PERCENT)
    legend_above(axes)
    low, high = past["accuracy"].min(), past["accuracy"].max()
    alt = (
        f"Accuracy of {plural(len(past), 'evaluation')} of this line, from {percent(low)} to {percent(high)}; "
        f"the last, {past['evaluation'].iloc[-1] or NONE}, {percent(past['accuracy'].iloc[-1])}."
    )
    return Drawing("history", alt, figure)
