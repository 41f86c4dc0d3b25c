"""Each network's training beside Keras' own `fit` of the same network, and beside its matrix products alone."""

import argparse
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

NETWORKS = {"mlp": (20, "≥ 2.5 ×"), "cnn": (1, "≥ 1 ×"), "cnn_large": (1, "≥ 1 ×")}  # an ensemble trains cnns


def table(options: argparse.Namespace, examples: Path, scratch: Path, measured: Callable[..., Any]) -> Table:
    """Images per second of both, and what share of a step of `mlp` its matrix products would take."""
    shown = Table("", "Keras fit", "this project", "ratio", "goal", title=f"Networks, images/s (of {options.pairs})")
    for column in shown.columns[1:]:
        column.justify = "right"
    alone = []
    for name, (epochs, goal) in NETWORKS.items():
        pairs = []
        for pair in range(options.pairs):
            plain = measured("-m", "tests.bench.plain_network", examples, name, str(epochs))
            out = scratch / f"{name}-{pair}"
            ours = measured("-m", "tests.bench.ours", examples, out, str(epochs), name)
            pairs.append((plain.images_per_s, ours.images_per_s))
            if name == "mlp":
                alone.append((ours.images_per_s, measured("-m", "tests.bench.products").images_per_s))
        shown.add_row(name, *_beside(pairs), goal)
    shown.add_row("mlp's products alone", "", *_beside(alone)[1:], "≤ 1.5 ×")
    return shown


def _beside(pairs: list[tuple[float, float]]) -> tuple[str, str, str]:
    """The medians of two rates, and of their ratio in a pair: a machine that is slower for a while slows both."""
    first, second = (median(side) for side in zip(*pairs, strict=True))
    return f"{first:,.0f}", f"{second:,.0f}", f"{median(b / a for a, b in pairs):.2f} ×"
