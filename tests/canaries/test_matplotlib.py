"""matplotlib: the form of its SVG files, which theme.py makes small by patterns, and files that hold no date."""

import io
import re
from functools import partial

import pytest

from tests.kits.canaries import canary

relied_on = partial(canary, "matplotlib")


@pytest.fixture
def drawn():
    """A small figure as SVG, with its texts as text."""
    import matplotlib
    from matplotlib.figure import Figure

    def svg():
        with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "digits"}):
            figure, file = Figure(figsize=(2, 2)), io.StringIO()
            figure.add_axes((0.2, 0.2, 0.7, 0.7)).plot([0, 1], [0, 0.123456], color="#0069a8")
            figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()

    return svg


@relied_on('viewBox="', "see what the file looks like now, and adapt the patterns of theme.py's `slimmed`")
def test_an_svg_is_made_of_what_the_patterns_look_for(drawn):
    svg = drawn()
    assert len(re.findall(r'viewBox="[\d. ]+"[^>]*>', svg)) == 1
    assert re.search(r"<metadata>.*?</metadata>", svg, re.DOTALL)
    assert re.search(r"</svg>\s*$", svg)
    assert svg.count('<g id="') > 5
    assert "#0069a8" in svg
    (label,) = re.findall(r"<text [^>]*>0\.10</text>", svg)
    assert re.search(r" font-family: [^;\"]*;", label) and ' transform="rotate(-0 ' in label
    assert len(re.findall(r"\d\.\d{5,}", svg)) > 5


@relied_on("svg.hashsalt", "replace the ids and dates that differ after drawing")
def test_one_figure_is_one_file(drawn):
    assert drawn() == drawn()
