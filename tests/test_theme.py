"""Figures as files and as page elements."""

import io
import re

import matplotlib
import pytest
from PIL import Image

from pipeline_components.theme import BLUE, PAPER, WIDTH, Drawing, canvas, slimmed, styled

SVG = f"""<?xml version="1.0"?>
<svg width="144pt" viewBox="0 0 144 72" version="1.1">
 <metadata>
  <dc:title>Matplotlib</dc:title>
 </metadata>
 <g id="axes_1">
  <path d="M 1.234567 8" style="stroke: {BLUE}"/>
  <text style="font-size: 9px; font-family: 'DejaVu Sans', sans-serif; text-anchor: middle" transform="rotate(-0 1 2)"
>0.123456</text>
 </g>
</svg>
"""


def drawing(name="curve", alt='2 < 3 & "4"') -> Drawing:
    figure, axes = canvas(2.0)
    axes.plot([0, 1], [0, 1], color=BLUE)
    return Drawing(name, alt, figure)


def test_a_file_is_slimmed_to_what_the_page_needs():
    box, content = slimmed(SVG)
    assert box == "0 0 144 72"
    assert content == (
        '<g> <path d="M 1.23 8" style="stroke: var(--blue)"/> '
        '<text style="font-size: 9px; text-anchor: middle" >0.123456</text> </g>'
    )


def test_a_page_element_says_what_it_shows_and_has_no_colour_of_its_own():
    with styled():
        svg = drawing().svg()
    assert svg.startswith('<svg role="img" aria-label="2 &lt; 3 &amp; &#34;4&#34;" viewBox="0 0 331.2 144">')
    assert "var(--blue)" in svg and "var(--muted)" in svg
    assert set(re.findall(r"#[0-9a-f]{6}\b", svg)) == set()
    assert not re.search(r"<metadata|font-family: |\d\.\d{3}", svg)


def test_a_picture_is_on_white_at_twice_a_screens_density():
    with styled():
        one, same = drawing().png(), drawing().png()
    image = Image.open(io.BytesIO(one))
    assert one == same
    assert image.size == (round(WIDTH * 192), 384)
    assert image.convert("RGB").getpixel((1, 1)) == tuple(bytes.fromhex(PAPER[1:]))
    assert "Software" not in image.info


def test_names_tell_the_ids_of_two_figures_apart():
    with styled():
        one, same, other = (set(re.findall(r"url\(#(\w+)\)", drawing(name).svg())) for name in ("a", "a", "b"))
    assert one and one == same and not one & other


def test_settings_come_back():
    before = matplotlib.rcParams["axes.grid"]
    with styled():
        assert matplotlib.rcParams["axes.grid"] is True
    assert matplotlib.rcParams["axes.grid"] == before is False


def test_a_canvas_is_as_wide_as_a_phone_and_keeps_its_margins():
    figure, axes = canvas(3.0, left=0.2, bottom=0.1, top=0.9)
    assert figure.get_size_inches().tolist() == [WIDTH, 3.0]
    assert axes.get_position().bounds == pytest.approx((0.2, 0.1, 0.77, 0.8))
