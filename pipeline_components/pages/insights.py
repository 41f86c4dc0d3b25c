"""A look inside an artifact, by what it holds: images with labels, curves, layers, a confusion matrix, mistakes."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from markupsafe import Markup

from pipeline_components.browse.answers import Answers, Confusion, confusion_of, mistakes_of
from pipeline_components.browse.curves import FILE as HISTORY
from pipeline_components.browse.curves import curves_of
from pipeline_components.browse.peek import peek
from pipeline_components.browse.rows import Rows, rows_of
from pipeline_components.browse.searches import Found, search_of
from pipeline_components.browse.versions import Version, told_of
from pipeline_components.data.blessing import FILE as BLESSING
from pipeline_components.data.blessing import read_blessing
from pipeline_components.data.exported_model import MODEL_NAME
from pipeline_components.errors import DigitsError
from pipeline_components.pages.charts import curves_drawing
from pipeline_components.store import Artifact, Store

EXAMPLES = 16  # of each split
MISTAKES = 24
LAYERS = 40
PICTURES = 12


@dataclass
class Insights:
    """What there is to see; what an artifact does not hold stays empty, and `problems` says what cannot be read."""

    service: list[Version] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rules: list[Any] = field(default_factory=list)
    report: str = ""
    samples: dict[str, Rows] = field(default_factory=dict)
    curves: list[tuple[str, Markup]] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)
    confusion: Confusion | None = None
    mistakes: Answers | None = None
    search: Found | None = None
    pictures: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def insights(store: Store, artifact: Artifact) -> Insights:
    """Everything that can be seen of an artifact at a glance; a file that cannot be read spoils no other."""
    found = Insights()
    files = artifact.manifest.files
    for look in (_service, _blessing, _report, _samples, _curves, _layers, _confusion, _mistakes, _search):
        try:
            look(store, artifact, found)
        except (DigitsError, OSError) as error:
            found.problems.append(f"{error}".partition("\n")[0][:300])
    found.pictures = [name for name in files if PurePosixPath(name).suffix == ".png"][:PICTURES]
    return found


def _service(store: Store, artifact: Artifact, found: Insights) -> None:
    found.service = [*told_of(store, store.served(MODEL_NAME), artifact.id)]


def _blessing(store: Store, artifact: Artifact, found: Insights) -> None:
    if BLESSING in artifact.manifest.files:
        blessing = read_blessing(artifact.path)
        found.reasons = blessing["reasons"]
        found.rules = [each for each in blessing["rules"] if isinstance(each, dict)]


def _report(store: Store, artifact: Artifact, found: Insights) -> None:
    if "report.html" in artifact.manifest.files:
        found.report = "report.html"


def _samples(store: Store, artifact: Artifact, found: Insights) -> None:
    for name in artifact.manifest.files:
        if name.endswith(".arrow"):
            rows = rows_of(artifact.path / name, 0, EXAMPLES)
            if {"image", "label"} <= {*rows.columns}:
                found.samples[name] = rows


def _curves(store: Store, artifact: Artifact, found: Insights) -> None:
    if HISTORY in artifact.manifest.files:
        curves = curves_of(artifact.path / HISTORY)
        for quantity in ("accuracy", "loss"):
            chosen = {name: each for name, each in curves.items() if name.endswith(quantity) and each}
            if chosen:
                found.curves.append((quantity, curves_drawing(quantity, chosen)))


def _layers(store: Store, artifact: Artifact, found: Insights) -> None:
    if "model.keras" in artifact.manifest.files:
        found.layers = peek(artifact.path / "model.keras", LAYERS).splitlines()


def _confusion(store: Store, artifact: Artifact, found: Insights) -> None:
    found.confusion = confusion_of(artifact)


def _mistakes(store: Store, artifact: Artifact, found: Insights) -> None:
    found.mistakes = mistakes_of(store, artifact, 0, MISTAKES)


def _search(store: Store, artifact: Artifact, found: Insights) -> None:
    found.search = search_of(store, artifact)
