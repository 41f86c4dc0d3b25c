"""Texts stand out from what is behind them, in light and in dark: in drawings too, where axe-core cannot tell."""

import re
from itertools import product
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "pipeline_components" / "pages" / "static" / "pages.css").read_text()
LIGHT, *DARK = re.findall(r":root[^{]*\{\s*color-scheme[^}]*\}", CSS)
ENOUGH = 4.5  # WCAG 2.2, 1.4.3: https://www.w3.org/TR/WCAG22/#contrast-minimum
PAIRS = [
    *product(("ink", "muted", "blue", "orange", "good"), ("paper", "card", "wash")),
    *(("c2", "card"), ("c3", "card"), ("good", "good-wash"), ("orange", "bad-wash"), ("card", "blue")),
    *(("ink", "good-wash"), ("ink", "bad-wash"), ("muted", "good-wash"), ("muted", "bad-wash")),
]


def colours(block: str) -> dict[str, str]:
    """The variables of a block as six hexadecimal digits."""
    found = re.findall(r"--([\w-]+): #([0-9a-f]{3,6});", block)
    return {name: each if len(each) == 6 else "".join(2 * digit for digit in each) for name, each in found}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK[0]], ids=["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(theme):
    known = colours(theme)
    found = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < ENOUGH} == {}


def test_dark_is_the_same_by_airflows_theme_and_by_the_systems():
    assert len(DARK) == 2 and colours(DARK[0]) == colours(DARK[1])


def test_black_on_white_is_what_the_standard_says():
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("bbbbbb", "ffffff") < ENOUGH
