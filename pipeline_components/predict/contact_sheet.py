"""Contact sheet: images as the network saw them, with what it made of them."""

import warnings
from collections.abc import Sequence
from pathlib import Path

from pipeline_components import theme
from pipeline_components.errors import printable
from pipeline_components.predict.recognition import Recognised

MOST = 200
COLUMNS = 10


def write_contact_sheet(file: Path, recognised: Sequence[Recognised], classes: Sequence[str]) -> None:
    """Draw the first MOST recognised images as a PNG, each with its class and confidence."""
    from matplotlib.figure import Figure

    shown = [each for each in recognised if each.seen is not None][:MOST]
    lines = -(-max(len(shown), 1) // COLUMNS)
    # A letter that the font has not is a box, and no warning.
    with theme.styled(), warnings.catch_warnings(action="ignore", category=UserWarning):
        figure = Figure(figsize=(COLUMNS, 1.35 * lines), dpi=100, layout="constrained")
        axes = figure.subplots(lines, COLUMNS, squeeze=False).ravel()
        for axis in axes:
            axis.set_axis_off()
        for axis, each in zip(axes, shown, strict=False):
            axis.imshow(each.seen, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
            axis.set_title(f"{classes[each.digit or 0]}  {each.confidence:.0%}", fontsize=8, pad=2)
            name = printable(Path(each.image).name)[-18:]
            axis.text(0.5, -0.02, name, fontsize=5, ha="center", va="top", transform=axis.transAxes)
        figure.savefig(file, format="png", metadata=theme.NO_SOFTWARE)
