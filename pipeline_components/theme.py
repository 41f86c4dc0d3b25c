"""Colours and style of the figures, saved as a PNG on white and as SVG whose colours are variables of a page's CSS."""

import io
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe & Ito's colours, told apart under every common colour blindness (https://jfly.uni-koeln.de/color/). These are
# the PNGs'; in the page each becomes the variable of its name in the CSS, with a value for light, dark and paper.
INK, MUTED, GRID, BLUE, ORANGE, PAPER = "#1b1d21", "#5c6370", "#d9dce1", "#0069a8", "#c44e00", "#fefefe"
VARIABLES = {INK: "ink", MUTED: "muted", GRID: "line", BLUE: "blue", ORANGE: "orange", PAPER: "paper"}
WIDTH = 4.6  # inches = 331 units: as wide as a phone's column, so that text keeps its size there
NO_SOFTWARE: Any = {"Software": None}  # a file's bytes are the picture's, not the library's
STYLE = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.parse_math": False,  # a class may be called "$"
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
}


def styled() -> AbstractContextManager[None]:
    """The style that figures are made and saved under; matplotlib's own settings come back afterwards."""
    import matplotlib  # here, as below: a command that draws nothing does not load it

    style: AbstractContextManager[None] = matplotlib.rc_context(STYLE)
    return style


@dataclass(frozen=True)
class Drawing:
    """A figure with its file's name and what it shows in words and numbers, for those who cannot see it."""

    name: str
    alt: str
    figure: "Figure"

    def png(self) -> bytes:
        """The figure on white, at twice a screen's density; the same figure gives the same bytes."""
        file = io.BytesIO()
        self.figure.savefig(file, format="png", dpi=192, facecolor=PAPER, metadata=NO_SOFTWARE)
        return file.getvalue()

    def svg(self) -> Markup:
        """An inline `<svg>` with real text and no colours of its own; the same figure gives the same characters."""
        import matplotlib

        file = io.StringIO()
        with matplotlib.rc_context({"svg.hashsalt": self.name}):
            self.figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
        return Markup('<svg role="img" aria-label="{}" viewBox="{}">{}</svg>').format(
            self.alt, *map(Markup, slimmed(file.getvalue()))
        )


def slimmed(svg: str) -> tuple[str, str]:
    """Matplotlib's file as (view box, content): no metadata, fonts or ids, numbers shorter, colours by variable."""
    _, box, body = re.split(r'viewBox="([^"]+)"[^>]*>', svg, maxsplit=1)
    body = re.sub(r"<metadata>.*?</metadata>|</svg>\s*$", "", body, flags=re.DOTALL)
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = re.sub(r" font-family: [^;\"]*;?| transform=\"rotate\(-0 [^\"]*\"", "", body)
    body = re.sub(r"<[^>]+>", lambda tag: re.sub(r"(\d\.\d{2})\d+", r"\1", tag[0]), body)
    body = re.sub(r"\s*\n\s*", " ", body)
    for colour, name in VARIABLES.items():
        body = body.replace(colour, f"var(--{name})")
    return box, body.strip()


def canvas(height: float, left: float = 0.11, bottom: float = 0.16, top: float = 0.97) -> tuple["Figure", Any]:
    """A figure as wide as a phone, with axes; margins are given, because finding them costs more than drawing."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), facecolor="none")
    return figure, figure.add_axes((left, bottom, 0.97 - left, top - bottom))


def legend_above(axes: Any) -> None:
    """A legend in one line above the axes, where no curve can run through it, whatever the curves do."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.03, 0.99), ncols=9, borderpad=0, handlelength=1.6, columnspacing=1.4
    )
