"""The contact sheet: ten images a line, those that were recognised, and no more than fit."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pipeline_components.predict import contact_sheet
from pipeline_components.predict.contact_sheet import write_contact_sheet
from pipeline_components.predict.recognition import Recognised

CLASSES = ["zero", "one"]


def recognised(count: int, level: int = 200) -> list[Recognised]:
    row = np.array([0.1, 0.9], np.float32)
    return [Recognised(f"{n}.png", 1, row, np.full((28, 28), level, np.uint8)) for n in range(count)]


def sheet(tmp_path, rows, classes=CLASSES) -> Image.Image:
    write_contact_sheet(tmp_path / "sheet.png", rows, classes)
    return Image.open(tmp_path / "sheet.png").convert("L")


@pytest.mark.parametrize(("count", "lines"), [(0, 1), (1, 1), (10, 1), (11, 2)])
def test_there_are_ten_a_line(tmp_path, count, lines):
    assert sheet(tmp_path, recognised(count)).size == (1000, 135 * lines)


def test_what_was_not_recognised_or_is_beyond_the_most_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(contact_sheet, "MOST", 2)
    bad = Recognised("bad.png", error="an empty file")
    two = sheet(tmp_path, recognised(2)).tobytes()
    assert sheet(tmp_path, [bad, *recognised(4)]).tobytes() == two != sheet(tmp_path, recognised(1)).tobytes()
    assert sheet(tmp_path, [bad]).tobytes() == sheet(tmp_path, []).tobytes() != two


@pytest.mark.parametrize("name", ["$\\frac$.png", "\udcff.png", "a\nb\t.png", "数字.png", "$" * 300 + ".png"])
def test_a_file_may_have_any_name(tmp_path, recwarn, name):
    """A formula of matplotlib's, no text in any encoding, several lines, letters that the font has not."""
    named = [replace(each, image=name) for each in recognised(1)]
    assert sheet(tmp_path, named).tobytes() != sheet(tmp_path, recognised(1)).tobytes()
    assert not recwarn.list


def test_an_image_is_drawn_as_it_was_seen_with_its_class(tmp_path):
    light, dark = (np.asarray(sheet(tmp_path, recognised(1, level))) for level in (0, 255))
    assert (light < 64).sum() < 400 < 4000 < (dark < 64).sum()  # the ink of the words; and of the image
    renamed = sheet(tmp_path, recognised(1, 0), ["zero", "seven"])
    assert not np.array_equal(np.asarray(renamed), light)
