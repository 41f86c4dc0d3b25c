"""Pictures of test images with what was made of them: chosen by numpy, shown as tiles, saved as one sheet."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.image import imsave

from pipeline_components.data.examples import Examples
from pipeline_components.report.reading import Answers, Findings
from pipeline_components.report.words import percent, plural
from pipeline_components.stats.confident_learning import suspect_labels
from pipeline_components.theme import INK, NO_SOFTWARE, ORANGE, PAPER, WIDTH, Drawing, canvas

COLUMNS = 6
AUGMENTATION = "A training image of each class in the first line, and below it as five epochs would see it."


@dataclass(frozen=True)
class Tile:
    """One test image and the answers to it; `picture` is a PNG as a data address, ink on nothing."""

    example_id: str
    picture: str
    label: str
    answer: str
    answer_sure: float
    label_sure: float
    champion: str | None

    @property
    def right(self) -> bool:
        """Whether the answer is the label."""
        return self.answer == self.label

    @property
    def alt(self) -> str:
        """The picture in words."""
        champion = f"; the champion says {self.champion}" if self.champion not in (None, self.answer) else ""
        if self.right:
            return f"{self.label}, read correctly, {percent(self.answer_sure, 1)} sure{champion}"
        other = f"{percent(self.label_sure, 1)} for {self.label}"
        return f"{self.label} read as {self.answer}, {percent(self.answer_sure, 1)} sure; {other}{champion}"


@dataclass(frozen=True)
class Gallery:
    """A choice of test images: `rows` are places in the test split, `total` how many there were."""

    name: str
    title: str
    note: str
    rows: np.ndarray
    total: int


def choose(findings: Findings, size: int) -> list[Gallery]:
    """The galleries that there is something for; the same findings choose the same images."""
    model, champion = findings.model, findings.champion
    worst = by_loss(model, ~model.right)
    galleries = [
        Gallery("worst_mistakes", "Worst mistakes", "Where the right answer was given the least.", worst, len(worst))
    ]
    if champion:
        broken = by_loss(model, ~model.right & champion.right)
        mended = by_loss(champion, model.right & ~champion.right)
        galleries += [
            Gallery(
                "newly_wrong", "Newly wrong", "The champion reads these; this model does not.", broken, len(broken)
            ),
            Gallery(
                "newly_right", "Newly right", "This model reads these; the champion does not.", mended, len(mended)
            ),
        ]
    doubtful = suspect_labels(model.label, model.probabilities)
    note = "Where the model speaks for another class as surely as it usually does: the label may be wrong."
    if len(doubtful):
        galleries.append(Gallery("suspect_labels", "Labels to look at", note, doubtful, len(doubtful)))
    n = len(model.label)
    evenly = np.unique(np.linspace(0, n - 1, min(size, n)).astype(int))
    galleries.append(Gallery("ordinary", "Ordinary predictions", "Taken evenly, right or wrong.", evenly, n))
    return [Gallery(g.name, g.title, g.note, g.rows[:size], g.total) for g in galleries]


def by_loss(model: Answers, chosen: np.ndarray) -> np.ndarray:
    """The places where `chosen`, the least likely right answer first; ties in the order of the split."""
    rows = np.flatnonzero(chosen)
    order: np.ndarray = rows[np.argsort(-model.loss[rows], kind="stable")]
    return order


def tiles(gallery: Gallery, findings: Findings) -> list[Tile]:
    """The gallery's images, ready for the page."""
    model, champion, names = findings.model, findings.champion, findings.classes
    return [
        Tile(
            example_id=model.example_id[row],
            picture=picture(findings.test.image[row]),
            label=names[model.label[row]],
            answer=names[model.digit[row]],
            answer_sure=float(model.probabilities[row, model.digit[row]]),
            label_sure=float(model.probabilities[row, model.label[row]]),
            champion=names[champion.digit[row]] if champion else None,
        )
        for row in gallery.rows
    ]


def picture(image: np.ndarray) -> str:
    """A uint8 [h, w] image as a PNG's data address: black, as opaque as the ink, so that a page can turn it white."""
    pixels = np.zeros((*image.shape, 4), np.uint8)
    pixels[..., 3] = image
    file = io.BytesIO()
    imsave(file, pixels, format="png", metadata=NO_SOFTWARE, pil_kwargs={"optimize": True})
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def sheet(gallery: Gallery, findings: Findings) -> Drawing:
    """The gallery as one picture with a line under each image."""
    shown, model, names = gallery.rows, findings.model, findings.classes
    lines = max(-(-len(shown) // COLUMNS), 1)
    high, wide = findings.test.image.shape[1:]
    paper = np.zeros((lines * (high + 12), COLUMNS * (wide + 8)), np.uint8)
    figure, axes = canvas(WIDTH * paper.shape[0] / paper.shape[1], left=0.01, bottom=0.01, top=0.99)
    for k, row in enumerate(shown):
        y, x = k // COLUMNS * (high + 12), k % COLUMNS * (wide + 8) + 4
        paper[y : y + high, x : x + wide] = findings.test.image[row]
        label, answer = names[model.label[row]], names[model.digit[row]]
        wrong = label != answer
        text = f"{label} as {answer}" if wrong else answer
        axes.text(
            x + wide / 2, y + high + 5, text, ha="center", va="center", color=ORANGE if wrong else INK, fontsize=7
        )
    axes.imshow(paper, cmap=ink_on_paper(), vmin=0, vmax=255, interpolation="nearest", aspect="auto")
    axes.set_axis_off()
    return Drawing(gallery.name, f"{gallery.title}: {plural(len(shown), 'image')}.", figure)


def side_by_side(varied: Examples) -> np.ndarray:
    """Training images as they are, and below each what augmentation made of it: one picture, uint8 [h, w]."""
    classes = len(np.unique(varied.label))
    high, wide = varied.image.shape[1:]
    room = np.pad(varied.image[:], ((0, 0), (1, 1), (1, 1))).reshape(-1, classes, high + 2, wide + 2)
    picture: np.ndarray = room.swapaxes(1, 2).reshape(-1, classes * (wide + 2))
    return picture


def augmentation(varied: Examples) -> Drawing:
    """The training images and their variations as a figure."""
    shown = side_by_side(varied)
    figure, axes = canvas(WIDTH * shown.shape[0] / shown.shape[1], left=0.01, bottom=0.01, top=0.99)
    axes.imshow(shown, cmap=ink_on_paper(), vmin=0, vmax=255, interpolation="nearest", aspect="auto")
    axes.set_axis_off()
    return Drawing("augmentation", AUGMENTATION, figure)


def ink_on_paper() -> Any:
    """A colour map from paper to ink."""
    return LinearSegmentedColormap.from_list("ink", [PAPER, INK])
